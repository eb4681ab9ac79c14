import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { canary, clientOf, makeMachine } from './machine.ts';
import { startCluster, startProgram } from './program.ts';
import type { Terminal } from './terminal.ts';

/** The console of the demo, whose Director and cluster differ in what its mishaps have left. */
async function opened(t: Parameters<typeof startProgram>[0]) {
  const { terminal } = await startProgram(t, ['demo', '--still'], { columns: 110, rows: 40 });
  await terminal.waitFor(/Director demo ✓[\s\S]*VMs 61/, 90_000);
  return terminal;
}

/** Types a command line. */
function line(terminal: Terminal, text: string): void {
  terminal.type(`:${text}\r`);
}

/** An escape right before another key would be the begin of an escape sequence. */
async function leave(terminal: Terminal): Promise<void> {
  terminal.press('escape');
  await sleep(100);
}

/** Selects the only row that is left by a filter. */
async function select(terminal: Terminal, view: string, filter: string): Promise<void> {
  line(terminal, `${view} ${filter}`);
  await terminal.waitFor(new RegExp(`1/\\d+ {3}filter ${filter}`));
}

/** Begins an action by its word, and carries it out by the word its plan asks for. */
async function act(terminal: Terminal, words: string, typed: string): Promise<void> {
  line(terminal, words);
  await terminal.waitFor(`Type ${typed} to go on`);
  terminal.type(`${typed}\r`);
  await terminal.waitFor(/✓ Done, in /, 60_000);
}

test('drift is found, explained, planned, refused, confirmed and mended; a disk goes from one machine to another', async (t) => {
  t.timeout(240_000);
  const terminal = await opened(t);
  terminal.press('6');
  await terminal.waitFor(/\d+ findings in \d+ kinds/, 60_000);
  await terminal.waitFor(/IP differs +router\/2/, 60_000);

  // the selection goes with its finding
  for (let moves = 0; !/▸ high +IP differs +router\/2/.test(terminal.text()); moves++) {
    t.true(moves < 20, terminal.text());
    terminal.press('j');
    await sleep(100);
  }
  await terminal.waitFor(/Director record +10\.96\.16\.29/);
  terminal.press('enter');
  await terminal.waitFor(/What can be done\n ▸ Recreate it through BOSH/);

  terminal.press('enter');
  await terminal.waitFor(/POST +\/deployments\/cf\/[\s\S]*Type router\/2 to go on/);
  await leave(terminal);
  await terminal.waitFor('left, nothing was done');
  terminal.press('enter');
  await terminal.waitFor('Type router/2 to go on');
  terminal.type('router/1\r');
  await terminal.waitFor('router/1 is not router/2: nothing was done.');
  terminal.paste('router/2');
  await sleep(100);
  terminal.press('enter');
  await terminal.waitFor(/✓ Done, in [\s\S]*✓ What was found is gone\./, 60_000);
  await leave(terminal);
  await terminal.waitFor('It is gone: BOSH and Kubernetes agree about it.');

  // a disk in use is refused, and how to go on is said
  await select(terminal, 'disks', 'zookeeper/4');
  const disk = /▸ (disk-\w{8})/.exec(terminal.text())?.[1] ?? 'no disk';
  line(terminal, 'orphan');
  await terminal.waitFor(/Refused, and nothing was done\.[\s\S]*what to do/);
  await leave(terminal);
  line(terminal, 'delete');
  await terminal.waitFor('zookeeper/4 has it');

  for (const index of [3, 4]) {
    await select(terminal, 'vms', `zookeeper/${index}`);
    await act(terminal, 'stop', `zookeeper/${index}`);
    await leave(terminal);
  }
  await select(terminal, 'disks', 'zookeeper/4');
  await act(terminal, 'orphan', 'zookeeper/4');
  await leave(terminal);
  await select(terminal, 'disks', disk);
  await terminal.waitFor(/orphan[\s\S]*an orphan of BOSH/);
  await act(terminal, 'reattach zookeeper/zookeeper/3', 'zookeeper/3');
  await leave(terminal);
  await terminal.waitFor(new RegExp(`▸ ${disk}\\S* .*zookeeper/3`));
  await select(terminal, 'vms', 'zookeeper/3');
  await act(terminal, 'start', 'yes');
  await leave(terminal);
  terminal.press('q');
  t.is((await terminal.exited).code, 0);
});

test('with a setting of a Director that is wrong Kubernetes goes on; read-only refuses by word and menu', async (t) => {
  const sandbox = await startCluster(t);
  await makeMachine(await clientOf(t, sandbox), 'router/0');
  const env = {
    BOSH_ENVIRONMENT: 'https://10.0.0.6:25555',
    BOSH_CLIENT: 'admin',
    BOSH_CLIENT_SECRET: canary,
    BOSH_CA_CERT: `-----BEGIN CERTIFICATE-----\n${canary}\n-----END CERTIFICATE-----`,
  };
  const { terminal } = await startProgram(t, ['console', '--readonly'], { sandbox, env });
  await terminal.waitFor(/READ-ONLY {4}Director not set up ✗[\s\S]*▸ router\/0/);
  line(terminal, 'drift');
  await terminal.waitFor(/BOSH_CA_CERT/);
  terminal.press('2');
  await terminal.waitFor(/▸ router\/0/);
  line(terminal, 'reboot');
  await terminal.waitFor('read-only: nothing here may change the cluster');
  terminal.press('a');
  await terminal.waitFor(/Reboot it +read-only/);
  t.false(terminal.written().includes(canary));
});

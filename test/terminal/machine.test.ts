import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { canary, clientOf, makeMachine } from './machine.ts';
import { startCluster, startProgram } from './program.ts';

test('a shell in a machine has the terminal as long as it runs, and gives it back', async (t) => {
  const sandbox = await startCluster(t);
  await makeMachine(await clientOf(t, sandbox), 'router/0');
  const { terminal } = await startProgram(t, ['console'], { sandbox });
  await terminal.waitFor('router/0');
  terminal.press('s');
  await terminal.waitFor('shell in router/0 (bosh/agent-');
  await terminal.waitFor('bosh/0:~#');
  t.false(terminal.alternate, 'what the shell prints stays in the scrollback');
  t.false(terminal.bracketedPaste);
  terminal.type('stty size\r');
  await terminal.waitFor('40 120');
  terminal.resize(100, 30);
  // the new size and what is typed take different ways
  while (!terminal.text().includes('30 100')) {
    terminal.type('stty size\r');
    await sleep(100);
  }
  terminal.type('sleep 600\r');
  terminal.press('ctrl-c');
  await terminal.waitFor('^C');
  terminal.type('exit 3\r');
  await terminal.waitFor('the shell in router/0 ended with 3');
  t.true(terminal.alternate);
  t.true(terminal.screen()[0]?.length === 99, 'drawn for the size it has now');
  terminal.press('?');
  await terminal.waitFor('This view');
  terminal.press('escape', 'ctrl-c');
  t.deepEqual(await terminal.exited, { code: 0, signal: undefined });
  t.false(terminal.alternate);
  t.true(terminal.cursor.visible);
});

test('a shell that is cut off leaves a sane terminal and says why', async (t) => {
  const sandbox = await startCluster(t);
  const cluster = await clientOf(t, sandbox);
  await makeMachine(cluster, 'router/0');
  const { terminal } = await startProgram(t, ['console'], { sandbox });
  await terminal.waitFor('router/0');
  terminal.press('s');
  await terminal.waitFor('bosh/0:~#');
  await sandbox.stop();
  await terminal.waitFor((one) => one.alternate && one.text().includes('closed before the command ended'));
  t.regex(terminal.screen()[0] ?? '', /^ kubernetes-cpi /, 'drawn from the first column on');
  terminal.press('q');
  t.is((await terminal.exited).code, 0);
});

test('a log is followed, searched, paused, and read of the life before', async (t) => {
  const sandbox = await startCluster(t);
  const cluster = await clientOf(t, sandbox);
  const name = await makeMachine(cluster, 'router/0');
  const { terminal } = await startProgram(t, ['console'], { sandbox });
  await terminal.waitFor('router/0');
  terminal.press('l');
  await terminal.waitFor('following ●');
  await terminal.waitFor('toy machine started');
  terminal.press('p');
  await terminal.waitFor('it has not been restarted');
  sandbox.kill(name);
  await terminal.waitFor('toy machine restarted', 60_000);
  t.is(terminal.text().split('toy machine started').length, 2, 'no line comes twice');
  await terminal.waitFor('log before');
  terminal.press('/');
  terminal.type('restarted\r');
  await terminal.waitFor('n next  N before');
  terminal.press('f');
  await terminal.waitFor('paused: f goes on');
  terminal.press('escape', 'p');
  await terminal.waitFor('this is the end of it');
  await terminal.waitFor('toy machine started');
});

test('YAML goes to the pager, and the data of a record nowhere', async (t) => {
  const sandbox = await startCluster(t);
  await makeMachine(await clientOf(t, sandbox), 'router/0');
  const pager =
    'cat > "$HOME/paged"; echo paged; read -r _ < /dev/tty; read -r word < /dev/tty; echo "$word" > "$HOME/word"';
  const { terminal, home } = await startProgram(t, ['console'], { sandbox, env: { PAGER: pager } });
  await terminal.waitFor('router/0');
  terminal.press('v');
  await terminal.waitFor('paged');
  t.false(terminal.alternate);
  // every key is the pager's
  terminal.type('\rquestion\r');
  await terminal.waitFor((one) => one.alternate);
  t.is(readFileSync(join(home, 'word'), 'utf8'), 'question\n');
  const yaml = readFileSync(join(home, 'paged'), 'utf8');
  t.regex(yaml, /^apiVersion: v1\nkind: Pod\nmetadata:\n/);
  t.false(yaml.includes('managedFields'));

  terminal.press('enter');
  await terminal.waitFor('The Director told');
  terminal.press('shift-tab');
  await terminal.waitFor('kind: Pod');
  terminal.resize(120, 200);
  await terminal.waitFor('kind: Secret');
  const shown = terminal.written();
  t.false(shown.includes(canary) || shown.includes(Buffer.from(canary).toString('base64')));
});

test('in read-only mode there is no shell, and it is said why', async (t) => {
  const sandbox = await startCluster(t);
  await makeMachine(await clientOf(t, sandbox), 'router/0');
  const { terminal } = await startProgram(t, ['console'], {
    sandbox,
    configuration: 'contexts: {sandbox: {readonly: true}}\n',
  });
  await terminal.waitFor('router/0');
  await terminal.waitFor('READ-ONLY');
  terminal.press('s');
  await terminal.waitFor(/read-only/);
  terminal.press('a');
  await terminal.waitFor('A shell in it');
  t.true(terminal.alternate);
});

test('a machine opens its disk, and the disk its machine', async (t) => {
  const sandbox = await startCluster(t);
  const cluster = await clientOf(t, sandbox);
  const claim = 'disk-11111111-2222-4333-8444-555555555555';
  await cluster.json({
    method: 'POST',
    path: '/api/v1/namespaces/bosh/persistentvolumeclaims',
    body: {
      metadata: { name: claim, labels: { 'bosh.cloudfoundry.org/disk-id': claim.slice(5) } },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '5Gi' } } },
    },
  });
  await makeMachine(cluster, 'postgres/0', [claim]);
  const { terminal } = await startProgram(t, ['console'], { sandbox });
  await terminal.waitFor('postgres/0');
  terminal.press('enter');
  await terminal.waitFor('disks 1');
  terminal.press('shift-tab', 'shift-tab', 'shift-tab');
  await terminal.waitFor('▸ disk-1111');
  terminal.press('enter');
  await terminal.waitFor('who has it');
  await terminal.waitFor('5Gi');
  terminal.press('m');
  await terminal.waitFor('▸ disk-1111');
  terminal.press('escape');
  await terminal.waitFor('who has it');
  t.true(terminal.text().includes('postgres/0 has it'));
});

test('the log of the agent is followed in the machine', async (t) => {
  const sandbox = await startCluster(t);
  await makeMachine(await clientOf(t, sandbox), 'router/0');
  const { terminal } = await startProgram(t, ['console'], { sandbox });
  await terminal.waitFor('router/0');
  terminal.press('L');
  await terminal.waitFor('following ●');
  await terminal.waitFor('toy machine started');
  t.notRegex(terminal.text(), /command not found|cannot be read/);
});

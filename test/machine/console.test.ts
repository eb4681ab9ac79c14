import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { agentIdLabel } from '../../src/bosh/labels.ts';
import type { Flavour } from '../stemcell/build.ts';
import { startProgram } from '../terminal/program.ts';
import { httpsSettings } from './agent.ts';
import { missingForMachines, openNode } from './node.ts';

// What the console does in machines, on a node that runs them: the embedded cluster has but a toy shell.
const missing = missingForMachines();
const flavours: readonly Flavour[] = ['runit', 'systemd'];

if (missing.length > 0) test.skip(`the console on a node: ${missing.join('; ')}`, (t) => t.pass());

for (const flavour of missing.length > 0 ? [] : flavours) {
  test.serial(`${flavour}: a shell, the machine's log over a restart, and the agent's`, async (t) => {
    t.timeout(600_000);
    const node = await openNode(flavour);
    t.teardown(node.close);
    const agentId = randomUUID();
    const name = `agent-${agentId}`;
    await node.create({ name, settings: httpsSettings(name) });
    const path = `/api/v1/namespaces/${node.cluster.namespace}/pods/${name}`;
    await node.cluster.json({ method: 'PATCH', path, body: { metadata: { labels: { [agentIdLabel]: agentId } } } });

    const { terminal } = await startProgram(t, ['console', '-n', node.cluster.namespace], {
      env: { KUBECONFIG: node.kubeconfig },
    });
    await terminal.waitFor('Running');
    terminal.press('s');
    await terminal.waitFor(`root@${name.slice(0, 20)}`);
    terminal.resize(100, 30);
    while (!terminal.text().includes('30 100')) {
      terminal.type('stty size\r');
      await sleep(200);
    }
    terminal.type('sleep 600\r');
    await terminal.waitFor('sleep 600');
    // a shell that is just about to start its command takes no notice of the first
    for (let pressed = 0; pressed < 20 && !/\^C\s+root@/.test(terminal.text()); pressed++) {
      terminal.press('ctrl-c');
      await sleep(500);
    }
    // what is typed before the terminal over there has heard of it is thrown away with what was typed before
    await terminal.waitFor(/\^C\s+root@/);
    terminal.type('echo "$TERM in $((40 + 2))"; exit 3\r');
    await terminal.waitFor('ended with 3');
    t.regex(terminal.written(), /xterm(-256color)? in 42/, 'a kind of terminal that the machine knows');

    terminal.press('L');
    await terminal.waitFor('following ●');
    await terminal.waitFor('agent');
    terminal.press('l');
    await terminal.waitFor('following ●');
    await node.kill(name);
    await terminal.waitFor('log before', 120_000);
    await terminal.waitFor('following ●', 60_000);
    terminal.press('q');
    await terminal.waitFor('VMs 1');
    t.true(terminal.alternate);
  });
}

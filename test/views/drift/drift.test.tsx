import test from 'ava';
import { renderToString } from 'ink';
import { RefusedError } from '../../../src/actions/model.ts';
import { beginAction } from '../../../src/tui/action.ts';
import { Screen } from '../../../src/tui/components/screen.tsx';
import { ShellContext } from '../../../src/tui/components/shell-context.ts';
import { SpokenScreen } from '../../../src/tui/components/spoken.tsx';
import { pressKey } from '../../../src/tui/dispatch.ts';
import type { Key } from '../../../src/tui/keys.ts';
import { routeOf, type Shell } from '../../../src/tui/shell.ts';
import { fakeBosh, fakeFinding } from '../../tui/fake-bosh.ts';
import { fakeDisk, fakeInventory, fakeMachine } from '../../tui/fake-inventory.ts';
import { fakePlanned } from '../../tui/fake-planned.ts';
import { fakeShell } from '../../tui/fake-shell.ts';

const day = 86_400_000;

/** Three findings, the least one first. */
function three() {
  const { subject } = fakeFinding();
  const disk = 'disk-00000001';
  return [
    fakeFinding({
      id: 'claim-unknown',
      rule: 'claim-unknown',
      severity: 'low',
      title: 'unknown claim',
      subject: { ...subject, kind: 'disk', label: disk, name: disk, cid: disk, uid: 'disk-1', deployment: undefined },
      expected: '–',
      actual: '20Gi, Bound, unused',
      repairs: ['delete-claim'],
      since: Date.now() - 3 * day,
    }),
    fakeFinding({
      id: 'vm-without-pod',
      rule: 'vm-without-pod',
      title: 'no pod',
      subject: { ...subject, label: 'zookeeper/2', name: 'agent-77', cid: 'prod:agent-77' },
      expected: 'vm agent-77',
      actual: 'record, no pod',
      repairs: [],
      since: Date.now() - 150_000,
    }),
    fakeFinding(),
  ];
}

async function opened(options: Parameters<typeof fakeShell>[0] = {}) {
  const fake = await fakeShell({ size: { columns: 100, rows: 40 }, ...options });
  const size = fake.shell.store.getState().size;
  const draw = () =>
    renderToString(<Screen shell={fake.shell} lender={{ take() {} }} />, { columns: size.columns }).replace(
      / +$/gm,
      '',
    );
  const press = (...keys: readonly Key[]) => {
    draw();
    for (const key of keys) pressKey(fake.shell, key);
  };
  const spoken = () =>
    renderToString(
      <ShellContext value={fake.shell}>
        <SpokenScreen width={100} />
      </ShellContext>,
      { columns: 600 },
    );
  return { ...fake, draw, press, spoken };
}

const toast = (shell: Shell) => shell.store.getState().toast?.text ?? '';

test('findings are ranked by severity, then the oldest first; the selected one is in full below', async (t) => {
  const { bosh, draw, press } = await opened();
  press('6');
  bosh.find(...three());
  const screen = draw();
  t.regex(screen, /Drift {3}3 findings in 3 kinds/);
  t.deepEqual(
    screen.split('\n').flatMap((line) => /^ .? {1,2}(high|medium|low) +(\w+ \w+)/.exec(line)?.[2] ?? []),
    ['IP differs', 'no pod', 'unknown claim'],
  );
  t.regex(screen, /▸ high +IP differs +api\/1 +10\.244\.0\.8 +10\.244\.9\.4 +6m/);
  t.regex(screen, /Service endpoints +none/);
  t.regex(screen, /What happened {3}BOSH was promised/);
  t.regex(screen, /What it breaks {2}Everything that reaches/);
  t.regex(screen, /Recreate it through BOSH +the machine is made anew/);
  press('j');
  t.regex(draw(), /zookeeper\/2: no pod[\s\S]*a person has to look/);
});

for (const size of [
  { columns: 80, rows: 24 },
  { columns: 160, rows: 50 },
]) {
  test(`drift, a finding and a plan at ${size.columns}x${size.rows}`, async (t) => {
    const { bosh, draw, press, shell } = await opened({ size });
    bosh.find(...three());
    press('6');
    t.snapshot(draw(), 'drift');
    press('enter');
    t.snapshot(draw(), 'finding');
    await beginAction(shell, { title: 'Reattach', plan: async () => fakePlanned().planned });
    t.snapshot(draw(), 'plan');
    for (const line of draw().split('\n')) t.true(line.length <= size.columns);
  });
}

test('nothing found: it says what was compared; without a Director what cannot be known', async (t) => {
  const { draw, press } = await opened();
  press('6');
  t.regex(
    draw(),
    /BOSH and Kubernetes agree\.\s+Compared: 0 instances and 0 orphaned disks of the Director prod with 20/,
  );
  const alone = await opened({ bosh: fakeBosh({ director: false }) });
  alone.press('6');
  t.regex(alone.draw(), /Machines, their records, Services and disks agree[\s\S]*BOSH_ENVIRONMENT/);
  t.regex(alone.draw(), /no Director · Kubernetes live/);
  alone.press('f');
  t.regex(toast(alone.shell), /there is no Director to ask/);
});

test('a Director that cannot be used is told, and Kubernetes goes on', async (t) => {
  const bosh = { ...fakeBosh(), director: { state: 'broken', reason: 'BOSH_CA_CERT: not a certificate' } } as const;
  const { draw, press } = await opened({ bosh });
  t.regex(draw(), /Director not set up ✗/);
  t.regex(draw(), /▸ api\/0/);
  press('6');
  t.regex(draw(), /BOSH_CA_CERT: not a certificate/);
});

test('the header tells how far the Director can be trusted, in the room there is', async (t) => {
  const { bosh, draw } = await opened({ size: { columns: 80, rows: 24 }, demo: true });
  const header = () => draw().split('\n')[0] ?? '';
  t.regex(header(), /Director prod ✓ .* live ●$/);
  bosh.tell({ freshness: { state: 'stale', since: Date.now() - 42_000, reason: 'refused' } });
  t.regex(header(), /prod stale 4\ds/);
  bosh.tell({ freshness: { state: 'failed', reason: 'Not authorized' } });
  t.regex(header(), /refused ✗/);
  bosh.tell({ info: undefined });
  t.regex(header(), /no answer ✗/);
  bosh.find(...three());
  t.regex(header(), /3 drift/);
  t.regex(header(), /live ●$/);
});

test('a finding is ignored for an hour in this console, and no more on the same key', async (t) => {
  const { bosh, draw, press, shell } = await opened();
  bosh.find(...three());
  press('6', 'i');
  t.regex(toast(shell), /IP differs, api\/1: ignored for an hour/);
  t.regex(draw(), /2 findings in 2 kinds {3}1 ignored/);
  t.regex(draw().split('\n')[0] ?? '', /2 drift/);
  // it has gone to the end
  press('G', 'i');
  t.regex(draw(), /3 findings in 3 kinds/);
  press('i', '2');
  t.notRegex(draw(), /≠/, 'no mark for what is ignored or not a machine here');
});

test('rows that something is found about have a mark, and d opens it', async (t) => {
  const inventory = fakeInventory(20);
  inventory.put('machines', fakeMachine(8, { address: '10.244.9.4' }));
  const { bosh, draw, press, shell } = await opened({ inventory, size: { columns: 80, rows: 24 } });
  press('d');
  t.regex(toast(shell), /nothing is found about it/);
  bosh.find(...three());
  t.regex(draw(), /^≠ {2}api\/1 .* 10\.244\.9\.4 ✗/m);
  press('j');
  t.regex(draw(), /^≠▸ api\/1/m);
  t.regex(draw(), /^ api\/1: IP differs: BOSH says 10\.244\.0\.8, Kubernetes has 10\.244\.9\.4$/m);
  press('enter');
  t.regex(draw(), /Drift \(d opens it\)\s+IP differs +BOSH says 10\.244\.0\.8/);
  press('d');
  t.is(routeOf(shell.store.getState()).uid, fakeFinding().id);
  press('m');
  t.is(routeOf(shell.store.getState()).uid, 'machine-8');
});

test('a disk says who keeps it as an orphan, or that nobody does', async (t) => {
  const inventory = fakeInventory(0);
  const nobody = { machine: undefined, machineUid: undefined, orphan: true };
  inventory.put('disks', fakeDisk(0), fakeDisk(1, nobody), fakeDisk(2, nobody));
  const { bosh, draw, press } = await opened({ inventory, first: 'disks' });
  const orphaned = Date.now() - 3 * day;
  const kept = { cid: 'prod:disk-00000002', size: 1, deployment: 'cf', instance: 'db/1', orphaned };
  bosh.tell({ orphanDisks: [kept] });
  t.regex(draw(), /disk-00000001 .* unused/);
  t.regex(draw(), /disk-00000002 .* orphan/);
  press('G');
  t.regex(draw(), /an orphan of BOSH for 3d, from db\/1 of cf/);
});

test('the overview counts findings by kind, and Enter leads to them', async (t) => {
  const { bosh, draw, press } = await opened({ first: 'overview' });
  t.regex(draw(), /Drift +0 {3}both sides agree/);
  bosh.find(...three());
  t.regex(draw(), /Drift +3 {3}1 IP differs {3}1 no pod {3}1 unknown claim/);
  t.regex(draw(), /Director prod +live ● {3}280\.1\.0/);
  press('j', 'j', 'j', 'j', 'enter');
  t.regex(draw(), /Drift {3}3 findings/);
});

test('when a repair has proved well the finding goes, and the dialog says so', async (t) => {
  const { bosh, draw, press, shell } = await opened();
  bosh.find(...three());
  const one = fakePlanned({ confirm: undefined });
  const { id } = fakeFinding();
  await beginAction(shell, { title: 'Recreate', finding: id, plan: async () => one.planned });
  press(...'yes', 'enter');
  one.progress({ step: 0, state: 'done', note: 'task 812' });
  one.progress({ step: 1, state: 'running', note: undefined });
  t.regex(draw(), /✓ {2}check [\s\S]*its deployment: task 812[\s\S]*▸ {2}PUT/);
  one.end({ done: true, proof: ['api/1 answers on 10.244.0.8.'], undo: undefined });
  await new Promise(setImmediate);
  t.regex(draw(), /✓ Done, in 0s\.\s+api\/1 answers on 10\.244\.0\.8\.\s+≠ Still found: IP differs, api\/1/);
  bosh.find(...three().slice(0, 2));
  t.regex(draw(), /✓ What was found is gone\./);
  press('esc', '6');
  t.notRegex(draw(), /IP differs/);
});

test('a refusal says why and what to do; an error at work where it stopped', async (t) => {
  const { draw, press, shell } = await opened();
  const refuse = async () => {
    throw new RefusedError('task 812 of admin holds cf', 'Wait until it is over');
  };
  await beginAction(shell, { title: 'Stop: api/0', plan: refuse });
  t.regex(
    draw(),
    /Stop: api\/0[\s\S]*Refused, and nothing was done\.\s+task 812 of admin holds cf\s+what to do +Wait until/,
  );
  press('esc');
  const one = fakePlanned({ confirm: undefined });
  await beginAction(shell, { title: 'Stop', plan: async () => one.planned });
  press(...'yes', 'enter');
  one.progress({ step: 0, state: 'done', note: undefined });
  one.progress({ step: 1, state: 'failed', note: 'it is locked' });
  one.fail(new Error('the Director answered 500'));
  await new Promise(setImmediate);
  t.regex(draw(), /✗ {2}PUT [\s\S]*orphan: it\s+is locked[\s\S]*It stopped after 0s\.\s+the Director answered 500/);
});

test('control characters of whoever answers never reach the terminal', async (t) => {
  const evil = 'x\x1b[2Jy\x07';
  const { bosh, draw, press, shell } = await opened();
  const [side] = fakeFinding().sides;
  bosh.find(
    fakeFinding({
      title: evil,
      expected: evil,
      actual: evil,
      explanation: [evil, evil],
      sides: [{ ...side, source: evil, value: evil, note: evil }],
      subject: { ...fakeFinding().subject, label: evil },
    }),
  );
  press('6', 'enter');
  const one = fakePlanned({ title: evil, loses: evil, confirm: evil, undo: evil });
  await beginAction(shell, { title: evil, plan: async () => one.planned });
  // Ink's own sequences are not among the three
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what is looked for
  t.notRegex(draw(), /\x1b\[2J|\x07/);
});

test('a screen reader is told the finding, its repairs, and the plan', async (t) => {
  const { bosh, press, shell, spoken } = await opened();
  bosh.find(...three());
  press('6');
  t.regex(spoken(), /Drift, 1 of 3: high, IP differs, api\/1\. BOSH says 10\.244\.0\.8, Kubernetes has 10\.244\.9\.4/);
  press('enter');
  t.regex(spoken(), /api\/1, IP differs\. Director record 10\.244\.0\.8, .* 1 of 2: Recreate it through BOSH/);
  await beginAction(shell, { title: 'Reattach', plan: async () => fakePlanned().planned });
  t.regex(spoken(), /Reattach disk-5d0c.*\n1 check[\s\S]*Type zookeeper\/2 to go on, esc leaves everything as it is/);
});

test('what changes machines and disks is in the menu, and never on a control letter', async (t) => {
  const { draw, press, shell } = await opened({ bosh: fakeBosh({ director: false }) });
  press('a');
  t.regex(draw(), /Stop its jobs +there is no Director/);
  t.regex(draw(), /Restart its agent/);
  press('esc', '3', 'a');
  t.regex(draw(), /Orphan it: no machine has it/);
  t.regex(draw(), /Delete it with its data, for good +api\/0 has it/);
  const writing = shell.views.flatMap(({ commands = [] }) => commands).filter(({ writes }) => writes);
  t.deepEqual(
    writing.flatMap(({ keys }) => keys).filter((key) => key.startsWith('ctrl-')),
    [],
  );
});

test('a disk is given to a machine chosen from a list, those of its deployment first', async (t) => {
  const { press, shell, draw, bosh } = await opened({ first: 'disks' });
  bosh.tell({
    instances: [
      {
        deployment: 'cf',
        group: 'zz',
        index: 7,
        id: 'i',
        zone: undefined,
        agentId: undefined,
        cid: undefined,
        ips: [],
        vmCreated: undefined,
        expectsVm: false,
        scan: undefined,
      },
    ],
  });
  press(':', ...'reattach', 'enter');
  const mode = shell.store.getState().modes.at(-1);
  const labels = mode?.kind === 'sheet' ? mode.choices.map(({ label }) => label) : [];
  t.false(labels.includes('cf/api/0'), 'it has it already');
  t.is(labels[0], 'cf/diego-cell/1');
  t.true(labels.includes('cf/zz/7'), 'an instance without a VM');
  press('enter');
  await new Promise(setImmediate);
  t.regex(draw(), /nothing is acted on here/);
});

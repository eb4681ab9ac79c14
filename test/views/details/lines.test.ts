import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import test from 'ava';
import type { ClusterEvent } from '../../../src/inventory/model.ts';
import type { Segment } from '../../../src/tui/components/line.tsx';
import { eventLines } from '../../../src/views/details/event-lines.ts';
import { vmSummary } from '../../../src/views/details/vm-summary.ts';
import { yamlLines, yamlOf } from '../../../src/views/details/yaml-lines.ts';
import { fakeMachine } from '../../tui/fake-inventory.ts';

const now = Date.parse('2026-11-23T08:00:00Z');

const texts = (lines: readonly (readonly Segment[])[]) =>
  lines.map((line) =>
    line
      .map(({ text }) => text)
      .join('')
      .trimEnd(),
  );

test('YAML comes in the order of kubectl, without what only machines write and read', async (t) => {
  const metadata = {
    name: 'p',
    managedFields: [{ manager: 'kubelet' }],
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"a": 1}' },
  };
  const text = await yamlOf([{ spec: { nodeName: 'worker' }, metadata, kind: 'Pod', apiVersion: 'v1' } as never]);
  t.is(text, 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  nodeName: worker\n');
});

test('keys of YAML are told from values, and a long line goes on below', (t) => {
  const lines = yamlLines(`a:\n  - name: x: y\n  "b/c": ${'z'.repeat(40)}\n  text without a key\n`, 32);
  t.deepEqual(texts(lines), [
    'a:',
    '  - name: x: y',
    `  "b/c": ${'z'.repeat(21)}`,
    'z'.repeat(19),
    '  text without a key',
  ]);
  const keys = lines.map(([head]) => (head?.role === 'accent' ? head.text : ''));
  t.deepEqual(keys, ['a:', '  - name:', '  "b/c":', '', '']);
});

test('a summary says why a machine is not well, and how its container ended before', (t) => {
  const row = fakeMachine(3, { state: 'CrashLoopBackOff', ready: false, health: 'problem', reason: 'back-off 5m0s' });
  const pod = {
    spec: { containers: [{ name: 'bosh-job', image: 'stemcell:1', resources: { requests: { cpu: '2' } } }] },
    status: {
      conditions: [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady', message: 'not ready: [bosh-job]' }],
      containerStatuses: [
        {
          name: 'bosh-job',
          restartCount: 4,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt: '2026-11-23T07:58:30Z' } },
        },
      ],
    },
  } as unknown as V1Pod;
  const text = texts(vmSummary(row, pod, 100, now)).join('\n');
  t.regex(text, / {2}state +CrashLoopBackOff\n +back-off 5m0s\n/);
  t.regex(text, /ended before +exit status 137, OOMKilled, 2026-11-23 07:58:30 UTC, 1m ago/);
  t.regex(text, /restarts +4\n/);
  t.regex(text, /asks for +cpu 2\n/);
  t.regex(text, /Ready +no, ContainersNotReady: not ready: \[bosh-job\]\n/);
});

test('of a machine without a pod there is what its row says', (t) => {
  const text = texts(vmSummary(fakeMachine(1), undefined, 80, now)).join('\n');
  t.regex(text, /instance +diego-cell\/0\n/);
  const image = `registry.test/stemcell@sha256:${'0123456789abcdef'.repeat(4)}`;
  const long = texts(vmSummary(fakeMachine(1, { stemcell: image }), undefined, 80, now)).join('');
  t.true(long.replace(/\s+/g, '').includes(image), 'a digest is whole');
});

test('messages of events are whole, and what is no pod is named', (t) => {
  const event: ClusterEvent = {
    uid: 'e',
    name: 'e',
    namespace: 'bosh',
    created: now,
    health: 'problem',
    reason: 'x',
    type: 'Warning',
    about: 'Secret agent-1',
    aboutUid: 's',
    cause: 'FailedMount',
    message: 'one two three four five six seven eight nine ten eleven twelve',
    count: 3,
    last: now - 60_000,
  };
  t.deepEqual(texts(eventLines([event], 60, now)), [
    '1m      FailedMount             Secret agent-1: one two three four five',
    '                                six seven eight nine ten',
    '                                eleven twelve (3 times)',
  ]);
});

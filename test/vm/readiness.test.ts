import type { CoreV1Event } from '@kubernetes/client-node/dist/gen/models/CoreV1Event.js';
import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import type { V1PodStatus } from '@kubernetes/client-node/dist/gen/models/V1PodStatus.js';
import test from 'ava';
import { judgeEvents, judgePod } from '../../src/vm/readiness.ts';

const pod = (status: Partial<V1PodStatus>, metadata: V1Pod['metadata'] = {}): V1Pod => ({ metadata, status });
const condition = (type: string, status: string, message?: string) => ({
  type,
  status,
  ...(message !== undefined && { message }),
});
const container = (state: object, more: object = {}) =>
  ({
    containerStatuses: [{ name: 'bosh-job', image: '', imageID: '', ready: false, restartCount: 0, state, ...more }],
  }) as Partial<V1PodStatus>;

test('a new pod waits', (t) => {
  t.like(judgePod({ metadata: {} }), { state: 'waiting', unschedulable: false });
  t.like(judgePod(pod({ phase: 'Pending' })), { state: 'waiting', reason: 'Pending' });
});

test('Ready is ready, whatever else a status says', (t) => {
  t.is(judgePod(pod({ phase: 'Running', conditions: [condition('Ready', 'True')] })).state, 'ready');
  t.is(
    judgePod(
      pod({
        phase: 'Running',
        conditions: [condition('ContainersReady', 'True'), condition('Ready', 'False')],
        ...container({ running: {} }),
      }),
    ).state,
    'waiting',
  );
});

test('a pod on its way out or at its end is never ready', (t) => {
  const ready = [condition('Ready', 'True')];
  t.is(judgePod(pod({ conditions: ready }, { deletionTimestamp: new Date() })).state, 'failed');
  for (const phase of ['Failed', 'Succeeded']) {
    const judged = judgePod(
      pod({ phase, reason: 'Evicted', message: 'The node was low on resource: ephemeral-storage', conditions: ready }),
    );
    t.like(judged, { state: 'failed', retriable: true });
    t.regex((judged as { reason: string }).reason, /Evicted: The node was low/);
  }
});

test('what the scheduler says is passed on', (t) => {
  const judged = judgePod(
    pod({
      phase: 'Pending',
      conditions: [condition('PodScheduled', 'False', '0/3 nodes are available: 3 Insufficient cpu.')],
    }),
  );
  t.like(judged, { state: 'waiting', unschedulable: true });
  t.regex((judged as { reason: string }).reason, /3 Insufficient cpu/);
});

for (const reason of [
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'CreateContainerConfigError',
  'CrashLoopBackOff',
]) {
  test(`${reason} ends the wait with the kubelet's words`, (t) => {
    const judged = judgePod(pod({ phase: 'Pending', ...container({ waiting: { reason, message: 'so it said' } }) }));
    t.like(judged, { state: 'failed', retriable: false });
    t.regex((judged as { reason: string }).reason, new RegExp(`${reason}: .*so it said`));
  });
}

test('a machine that ends as it starts tells its last words', (t) => {
  const last = { lastState: { terminated: { exitCode: 127, message: '/bin/bash: no such file' } } };
  const judged = judgePod(pod({ ...container({ waiting: { reason: 'CrashLoopBackOff' } }, last) }));
  t.regex((judged as { reason: string }).reason, /exit code 127 \/bin\/bash: no such file/);
});

test('the first failed pull is no verdict: the kubelet tries again by itself', (t) => {
  t.like(judgePod(pod({ ...container({ waiting: { reason: 'ErrImagePull', message: 'EOF' } }) })), {
    state: 'waiting',
    reason: 'ErrImagePull',
  });
});

test('a running container whose agent is not up says so', (t) => {
  t.like(judgePod(pod({ phase: 'Running', ...container({ running: {} }) })), {
    state: 'waiting',
    reason: 'the agent is not up yet',
  });
});

const event = (reason: string, message: string, count?: number, type = 'Warning') =>
  ({ type, reason, message, metadata: {}, involvedObject: {}, ...(count !== undefined && { count }) }) as CoreV1Event;

test('events: the last warning explains, a sandbox that fails again and again decides', (t) => {
  t.deepEqual(judgeEvents([]), {});
  t.deepEqual(judgeEvents([event('Pulled', 'x', 9, 'Normal')]), {});
  t.deepEqual(judgeEvents([event('FailedMount', 'one'), event('FailedMount', 'two')]), { warning: 'FailedMount: two' });
  t.is(judgeEvents([event('FailedCreatePodSandBox', 'address in use', 2)]).fatal, undefined);
  t.regex(
    judgeEvents([event('FailedCreatePodSandBox', 'address in use', 50), event('X', 'y')]).fatal ?? '',
    /address in use/,
  );
  t.is(judgeEvents([event('FailedMount', 'x', 50)]).fatal, undefined);
});

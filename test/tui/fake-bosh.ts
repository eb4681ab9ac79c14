import type { DirectorFeed, DirectorView } from '../../src/director/model.ts';
import type { Finding } from '../../src/drift/model.ts';
import type { Bosh } from '../../src/tui/session.ts';

/** BOSH's side as a test has it. */
export interface FakeBosh extends Bosh {
  /** What is found from now on. */
  find(...findings: readonly Finding[]): void;
  /** What the Director says from now on. */
  tell(change: Partial<DirectorView>): void;
  /** What was asked of it. */
  readonly asked: string[];
}

const nothingRead: DirectorView = {
  info: { name: 'prod', uuid: 'u', version: '280.1.0 (00000000)', user: 'admin', authentication: 'basic' },
  freshness: { state: 'live', since: 0 },
  deployments: [],
  instances: [],
  inactiveVms: [],
  orphanDisks: [],
  orphanVms: [],
  locks: [],
  tasks: [],
};

/** A Director that is read, and nothing found; without one when asked so. */
export function fakeBosh(options: { readonly director?: false } = {}): FakeBosh {
  const listeners = new Set<() => void>();
  const asked: string[] = [];
  let findings: readonly Finding[] = [];
  let view = nothingRead;
  let version = 0;

  function change(): void {
    version++;
    for (const listener of [...listeners]) listener();
  }

  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const feed: DirectorFeed = {
    view: () => view,
    version: () => version,
    subscribe,
    refresh: () => void asked.push('refresh'),
    scan: async () => void asked.push('scan'),
    close: () => void asked.push('close'),
  };
  return {
    director: options.director === false ? { state: 'none' } : { state: 'there', feed },
    drift: {
      findings: () => findings,
      notes: () => [],
      version: () => version,
      watching: () => undefined,
      subscribe,
      close: () => void asked.push('close drift'),
    },
    site: () => {
      throw new Error('nothing is acted on here');
    },
    close: () => void asked.push('close'),
    find(...next) {
      findings = next;
      change();
    },
    tell(next) {
      view = { ...view, ...next };
      change();
    },
    asked,
  };
}

/** A machine that answers elsewhere than promised: machine 8 of the fake inventory. */
export function fakeFinding(change: Partial<Finding> = {}): Finding {
  return {
    id: 'ip-differs:bosh/agent-00008',
    rule: 'ip-differs',
    severity: 'high',
    subject: {
      kind: 'vm',
      label: 'api/1',
      namespace: 'bosh',
      name: 'agent-00008',
      uid: 'machine-8',
      deployment: 'redis-services',
      instance: 'api/9c2e',
      cid: 'agent-00008',
    },
    title: 'IP differs',
    expected: '10.244.0.8',
    actual: '10.244.9.4',
    sides: [
      { source: 'Director record', value: '10.244.0.8', note: undefined },
      { source: 'promised', value: '10.244.0.8', note: 'annotation of the pod' },
      { source: 'pod', value: '10.244.9.4', note: 'on worker-8' },
      { source: 'Service endpoints', value: 'none', note: undefined },
      { source: 'BOSH DNS', value: '10.244.0.8', note: 'q-s0.api.default.redis.bosh' },
    ],
    explanation: [
      'BOSH was promised 10.244.0.8, but neither the pod nor a Service of the machine has it.',
      'Everything that reaches the machine by its address fails.',
    ],
    repairs: ['recreate-instance', 'mend-service'],
    since: Date.now() - 6.5 * 60_000,
    ...change,
  };
}

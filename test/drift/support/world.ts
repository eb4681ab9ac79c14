import type { DirectorInstance, DirectorView, Scan } from '../../../src/director/model.ts';
import { createComparison } from '../../../src/drift/comparison.ts';
import { createJoins } from '../../../src/inventory/joins.ts';
import type { Freshness } from '../../../src/inventory/model.ts';
import type { Claim, Metadata, Pod, Service } from '../../../src/kubernetes/objects.ts';

const prefix = 'bosh.cloudfoundry.org';

/** When all of a world was made, unless said otherwise. */
export const old = Date.parse('2026-01-01T00:00:00Z');

/** A machine of a consistent world: both sides are made of it. */
export interface MachinePlan {
  readonly agent: string;
  readonly group: string;
  readonly index: number;
  readonly deployment: string;
  /** The pod's address. */
  readonly address: string;
  /** On a manual network by Service: its address. */
  readonly promised?: string;
  /** Claims, which attachments bring. */
  readonly disks?: readonly string[];
  readonly context?: string;
}

export const director = 'lab';

export function metadataOf(plan: MachinePlan, of = director): Readonly<Record<string, string>> {
  const { group, index, deployment, agent } = plan;
  return { director: of, deployment, job: group, index: `${index}`, id: `id-${agent}`, name: `${group}/id-${agent}` };
}

export function podOf(plan: MachinePlan, fields: PodFields = {}): Pod {
  const name = `agent-${plan.agent}`;
  const { told = metadataOf(plan), created = old, state = 'running', uid = `pod ${name}` } = fields;
  const annotation = told === null ? {} : { [`${prefix}/metadata`]: JSON.stringify(told) };
  return {
    metadata: {
      name,
      uid,
      namespace: 'bosh',
      creationTimestamp: new Date(created).toISOString(),
      ...(fields.leaving !== undefined && { deletionTimestamp: new Date(fields.leaving).toISOString() }),
      labels: { [`${prefix}/agent-id`]: plan.agent, 'app.kubernetes.io/managed-by': 'kubernetes-cpi' },
      annotations: {
        ...annotation,
        [`${prefix}/record`]: fields.record ?? `record ${name}`,
        [`${prefix}/generation`]: fields.generation ?? '1',
        ...(plan.promised !== undefined && { [`${prefix}/ip-address`]: plan.promised }),
      },
    },
    spec: {
      nodeName: 'node-1',
      containers: [{ name: 'bosh-job', image: 'registry.test/noble:1' }],
      volumes: (fields.claims ?? []).map((claimName) => ({ persistentVolumeClaim: { claimName } })),
    },
    status: statusOf(state, fields.address ?? plan.address, created),
  };
}

interface PodFields {
  /** What the Director told; null: nothing. */
  readonly told?: Readonly<Record<string, string>> | null;
  readonly uid?: string;
  readonly created?: number;
  readonly leaving?: number;
  readonly address?: string;
  readonly record?: string;
  readonly generation?: string;
  readonly claims?: readonly string[];
  readonly state?: 'running' | 'unpullable' | 'starting';
}

function statusOf(
  state: 'running' | 'unpullable' | 'starting',
  podIP: string,
  created: number,
): NonNullable<Pod['status']> {
  const lastTransitionTime = new Date(created).toISOString();
  if (state === 'running') {
    return {
      phase: 'Running',
      podIP,
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime }],
      containerStatuses: [{ name: 'bosh-job', ready: true, restartCount: 0, state: { running: {} } }],
    };
  }
  const reason = state === 'unpullable' ? 'ImagePullBackOff' : 'ContainerCreating';
  return {
    phase: 'Pending',
    conditions: [{ type: 'Ready', status: 'False', lastTransitionTime }],
    containerStatuses: [{ name: 'bosh-job', ready: false, restartCount: 0, state: { waiting: { reason } } }],
  };
}

export function recordOf(agent: string, created = old): Metadata {
  const name = `agent-${agent}`;
  return {
    metadata: {
      name,
      uid: `record ${name}`,
      namespace: 'bosh',
      creationTimestamp: new Date(created).toISOString(),
      labels: { [`${prefix}/agent-id`]: agent },
    },
  };
}

export function serviceOf(agent: string, clusterIP: string, selector?: Readonly<Record<string, string>>): Service {
  const labels = { [`${prefix}/agent-id`]: agent };
  return {
    metadata: { name: `agent-${agent}-net`, uid: `service of ${agent}`, namespace: 'bosh', labels },
    spec: { clusterIP, type: 'ClusterIP', selector: selector ?? labels, publishNotReadyAddresses: true },
  };
}

export function attachmentOf(claim: string, agent: string, fields: { readonly leaving?: number } = {}): Pod {
  const leaving = fields.leaving === undefined ? {} : { deletionTimestamp: new Date(fields.leaving).toISOString() };
  return {
    metadata: {
      name: `attachment-${claim}`,
      uid: `attachment ${claim}`,
      namespace: 'bosh',
      creationTimestamp: new Date(old).toISOString(),
      labels: { [`${prefix}/attached-to`]: `agent-${agent}` },
      ...leaving,
    },
    spec: {
      nodeName: 'node-1',
      containers: [],
      volumes: [{ persistentVolumeClaim: { claimName: claim } }],
    },
    status: statusOf('running', '10.9.9.9', old),
  };
}

export function claimOf(name: string, fields: ClaimFields = {}): Claim {
  const { told = { director, deployment: 'cf' }, created = old, phase = 'Bound' } = fields;
  return {
    metadata: {
      name,
      uid: `claim ${name}`,
      namespace: 'bosh',
      creationTimestamp: new Date(created).toISOString(),
      labels: { [`${prefix}/disk-id`]: name.slice('disk-'.length) },
      annotations: told === null ? {} : { [`${prefix}/metadata`]: JSON.stringify(told) },
      ...(fields.leaving === true && { deletionTimestamp: new Date(old).toISOString() }),
    },
    spec: { resources: { requests: { storage: '3Gi' } }, storageClassName: 'fast', volumeName: `volume of ${name}` },
    status: { phase },
  };
}

interface ClaimFields {
  readonly told?: Readonly<Record<string, string>> | null;
  readonly created?: number;
  readonly phase?: string;
  readonly leaving?: boolean;
}

/** What a Director says of a machine. @param now when it was scanned */
export function instanceOf(plan: MachinePlan, now: number, fields: Partial<DirectorInstance> = {}): DirectorInstance {
  const { agent, group, index, deployment, address, promised, disks = [], context } = plan;
  const inContext = (name: string) => (context === undefined ? name : `${context}:${name}`);
  return {
    deployment,
    group,
    index,
    id: `id-${agent}`,
    zone: 'z1',
    agentId: agent,
    cid: inContext(`agent-${agent}`),
    ips: promised === undefined ? [address] : [promised, address],
    vmCreated: old,
    expectsVm: true,
    scan: scanOf(now, disks.map(inContext)),
    ...fields,
  };
}

export function scanOf(at: number, disks: readonly string[] = [], fields: Partial<Scan> = {}): Scan {
  return {
    at,
    state: 'started',
    jobState: 'running',
    disks,
    ignored: false,
    stemcell: undefined,
    processes: [],
    ...fields,
  };
}

export function viewOf(instances: readonly DirectorInstance[], fields: Partial<DirectorView> = {}): DirectorView {
  const names = [...new Set(instances.map(({ deployment }) => deployment))];
  return {
    info: { name: director, uuid: 'u', version: '280.1.0', user: 'admin', authentication: 'basic' },
    freshness: { state: 'live', since: old },
    deployments: names.map((name) => ({ name, teams: [], locked: false })),
    instances,
    inactiveVms: [],
    orphanDisks: [],
    orphanVms: [],
    locks: [],
    tasks: [],
    ...fields,
  };
}

const all = ['pods', 'attachments', 'claims', 'services', 'records', 'volumes'] as const;

/**
 * Both sides, and the comparison of them: without a cluster, without a Director, with a clock that a test turns.
 * @param read the collections that can be read
 */
export function createWorld(read: readonly (typeof all)[number][] = all) {
  const joins = createJoins(() => undefined);
  const comparison = createComparison('bosh');
  joins.subjects.follow((touched) => comparison.touch(touched));
  for (const name of read) joins.sinks[name].complete();
  let view: DirectorView | undefined;
  let freshness: Freshness = { state: 'live', since: old };
  let now = Date.now();

  const world = {
    joins,
    comparison,
    now: () => now,
    say(next: DirectorView | undefined): void {
      view = next;
    },
    setFreshness(next: Freshness): void {
      freshness = next;
    },
    /** Puts a machine into the cluster as the CPI makes it. */
    make(plan: MachinePlan, fields: PodFields = {}): void {
      joins.sinks.records.change([], [recordOf(plan.agent)]);
      if (plan.promised !== undefined) joins.sinks.services.change([], [serviceOf(plan.agent, plan.promised)]);
      for (const claim of plan.disks ?? []) {
        joins.sinks.claims.change([], [claimOf(claim, { told: { director, deployment: plan.deployment } })]);
        joins.sinks.attachments.change([], [attachmentOf(claim, plan.agent)]);
      }
      joins.sinks.pods.change([], [podOf(plan, fields)]);
    },
    /** Looks at once. @returns whether something changed */
    look(): boolean {
      joins.flush();
      // its timer: this world looks when it is told to
      joins.stop();
      return comparison.look({ now, subjects: joins.subjects, freshness, collections: [], view });
    },
    /** Lets time pass, looking whenever that is due. @returns rules and names of what is found then */
    after(ms: number): readonly string[] {
      const until = now + ms;
      world.look();
      for (let due = comparison.due(); due !== undefined && due <= until; due = comparison.due()) {
        now = Math.max(now + 1, due);
        world.look();
      }
      now = until;
      world.look();
      return world.found();
    },
    found: () => comparison.findings().map(({ rule, subject }) => `${rule} ${subject.name}`),
  };
  return world;
}

import type { Metadata } from '../kubernetes/objects.ts';
import { type AttachmentFacts, attachmentFacts } from './attachment.ts';
import type { CollectionName, Sinks } from './collections.ts';
import { type ClaimFacts, claimFacts, diskOf } from './disk.ts';
import { createIntern } from './intern.ts';
import { type Judged, machineOf, machineWithoutPod, type RecordFacts } from './machine.ts';
import type {
  ClusterEvent,
  ClusterNode,
  Disk,
  DiskClass,
  DiskVolume,
  Machine,
  MachineService,
  Stemcell,
  TableName,
  Tables,
} from './model.ts';
import { type PodFacts, podFacts } from './pod-facts.ts';
import { classOf, eventOf, nodeOf, recordOf, serviceOf, volumeOf } from './projections.ts';
import { countStemcells } from './stemcells.ts';
import { createStore, type Store } from './store.ts';
import type { Subjects, Touched } from './subjects.ts';
import { createTable, type WritableTable } from './table.ts';
import { createWarnings } from './warnings.ts';

export interface Joins {
  readonly sinks: Sinks;
  readonly tables: { readonly [K in TableName]: WritableTable<Tables[K]> };
  readonly nodes: ReadonlyMap<string, ClusterNode>;
  readonly classes: ReadonlyMap<string, DiskClass>;
  services(namespace: string, agentId: string): readonly MachineService[];
  volume(namespace: string, claim: string): DiskVolume | undefined;
  readonly subjects: Subjects;
  /** Makes the rows anew that changes have touched, and publishes the tables. */
  flush(): void;
  stop(): void;
}

/**
 * Keeps what was projected of the collections, and joins it to rows: a machine with its record, node and Services, a disk with its machine, class and volume.
 * A change marks the rows it touches; they are made anew at the next flush.
 * @param touch called when time alone has changed something
 */
export function createJoins(touch: () => void): Joins {
  const intern = createIntern();
  const tables = {
    machines: createTable<Machine>(),
    disks: createTable<Disk>(),
    stemcells: createTable<Stemcell>(),
    events: createTable<ClusterEvent>(),
  };
  const stemcells = countStemcells(tables.stemcells);
  const pods = createStore<PodFacts>(keyOf);
  const attachments = createStore<AttachmentFacts>(({ namespace, claim }) => `${namespace}/${claim}`);
  const claims = createStore<ClaimFacts>(keyOf);
  const records = createStore<RecordFacts>(keyOf);
  const nodes = createStore<ClusterNode>(({ name }) => name);
  const classes = createStore<DiskClass>(({ name }) => name);
  const services = createStore<MachineService>(keyOf);
  const volumes = createStore<DiskVolume>(({ claim }) => claim);
  const servicesOf = new Map<string, Set<MachineService>>();
  const attachmentsOf = new Map<string, Set<AttachmentFacts>>();
  const users = new Map<string, Set<string>>();
  const warnings = createWarnings();
  const complete = new Set<CollectionName>();
  /** Machines (and records) by key, disks by key: what the next flush looks at. */
  const staleMachines = new Set<string>();
  const staleDisks = new Set<string>();
  const followers = new Set<(touched: Touched) => void>();
  const missingSince = new Map<string, number>();
  const due = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;

  function podChanged(before: PodFacts | undefined, after: PodFacts | undefined): void {
    for (const one of [before, after]) {
      if (one === undefined) continue;
      staleMachines.add(keyOf(one));
      for (const claim of one.disks) {
        const key = `${one.namespace}/${claim}`;
        staleDisks.add(key);
        const uids = users.get(key) ?? new Set();
        if (one === after) users.set(key, uids.add(one.uid));
        else if (uids.delete(one.uid) && uids.size === 0) users.delete(key);
      }
    }
    if (before !== undefined && after === undefined) forget(before.uid);
  }

  function forget(uid: string): void {
    stemcells.replace(tables.machines.delete(uid), undefined);
    due.delete(uid);
  }

  /** Notes what belongs to a machine, and that the machine is another now. */
  function belongs<F>(to: Map<string, Set<F>>, machineKey: (one: F) => string) {
    return (before: F | undefined, after: F | undefined): void => {
      for (const one of [before, after]) {
        if (one === undefined) continue;
        const key = machineKey(one);
        staleMachines.add(key);
        const all = to.get(key) ?? new Set();
        if (one === after) to.set(key, all.add(one));
        else if (all.delete(one) && all.size === 0) to.delete(key);
      }
    };
  }

  const serviceChanged = belongs(servicesOf, ({ namespace, agentId }) => `${namespace}/agent-${agentId}`);
  const attached = belongs(attachmentsOf, ({ namespace, vm }) => `${namespace}/${vm}`);

  function attachmentChanged(before: AttachmentFacts | undefined, after: AttachmentFacts | undefined): void {
    attached(before, after);
    for (const one of [before, after]) if (one !== undefined) staleDisks.add(`${one.namespace}/${one.claim}`);
  }

  function nodeChanged(before: ClusterNode | undefined, after: ClusterNode | undefined): void {
    if (before?.ready === after?.ready && before?.zone === after?.zone) return;
    const name = (before ?? after)?.name;
    for (const pod of pods.values()) if (pod.node === name) staleMachines.add(keyOf(pod));
  }

  function eventChanged(event: ClusterEvent): void {
    if (event.type === 'Normal') return;
    const machine = pods.get(event.aboutUid);
    const attachment = attachments.get(event.aboutUid);
    const disk =
      claims.get(event.aboutUid) ?? (attachment && claims.byKey(`${attachment.namespace}/${attachment.claim}`));
    if (machine !== undefined) staleMachines.add(keyOf(machine));
    if (disk !== undefined) staleDisks.add(keyOf(disk));
  }

  function touchDisks(): void {
    for (const claim of claims.values()) staleDisks.add(keyOf(claim));
  }

  function touchAll(): void {
    for (const pod of pods.values()) staleMachines.add(keyOf(pod));
    for (const record of records.values()) staleMachines.add(keyOf(record));
    for (const key of servicesOf.keys()) staleMachines.add(key);
    for (const key of attachmentsOf.keys()) staleMachines.add(key);
    touchDisks();
  }

  function show(judged: Judged<Machine>): void {
    const { row } = judged;
    const before = tables.machines.set(row);
    stemcells.replace(before, row);
    if (judged.due === undefined) due.delete(row.uid);
    else due.set(row.uid, judged.due);
    if (before !== row) for (const claim of row.disks) staleDisks.add(`${row.namespace}/${claim}`);
  }

  function refreshMachine(key: string, now: number): void {
    const record = records.byKey(key);
    const found = pods.byKey(key);
    if (found !== undefined) {
      missingSince.delete(key);
      if (record !== undefined) forget(record.uid);
      const node = found.node === undefined ? undefined : nodes.byKey(found.node);
      show(
        machineOf(
          found,
          {
            node,
            hasRecord: complete.has('records') ? record !== undefined : undefined,
            services: complete.has('services') ? [...(servicesOf.get(key) ?? [])] : undefined,
            attachments: [...(attachmentsOf.get(key) ?? [])],
            warning: warnings.repeated(found.uid),
          },
          now,
        ),
      );
    } else if (record !== undefined && complete.has('pods')) {
      const since = missingSince.get(key) ?? now;
      missingSince.set(key, since);
      show(machineWithoutPod(record, since, now));
    } else missingSince.delete(key);
  }

  /** The machines that have a disk. */
  function havers(key: string): readonly Machine[] {
    const attachment = attachments.byKey(key);
    const machine = attachment && pods.byKey(`${attachment.namespace}/${attachment.vm}`);
    const uids = new Set(users.get(key));
    if (machine !== undefined) uids.add(machine.uid);
    return [...uids].map((uid) => tables.machines.rows.get(uid)).filter((row) => row !== undefined);
  }

  function refreshDisk(key: string, now: number): void {
    const claim = claims.byKey(key);
    if (claim === undefined) return;
    const attachment = attachments.byKey(key);
    const { row, due: at } = diskOf(
      claim,
      {
        users: havers(key),
        attachment,
        class: claim.storageClass === undefined ? undefined : classes.byKey(claim.storageClass),
        volume: volumes.byKey(key),
        warning: warnings.last(claim.uid) ?? (attachment && warnings.last(attachment.uid)),
      },
      now,
    );
    tables.disks.set(row);
    if (at === undefined) due.delete(row.uid);
    else due.set(row.uid, at);
  }

  function flush(): void {
    const now = Date.now();
    for (const [uid, at] of due) {
      if (at > now) continue;
      const disk = tables.disks.rows.get(uid);
      if (disk !== undefined) staleDisks.add(keyOf(disk));
      const machine = tables.machines.rows.get(disk?.machineUid ?? uid);
      if (machine !== undefined) staleMachines.add(keyOf(machine));
    }
    for (const key of staleMachines) refreshMachine(key, now);
    for (const key of staleDisks) refreshDisk(key, now);
    for (const follower of followers) follower({ machines: staleMachines, disks: staleDisks });
    staleMachines.clear();
    staleDisks.clear();
    for (const table of Object.values(tables)) table.publish();
    clearTimeout(timer);
    // nothing ticks: only what is bound to become a problem wakes us, once
    let next = Number.POSITIVE_INFINITY;
    for (const at of due.values()) next = Math.min(next, at);
    if (due.size > 0) timer = setTimeout(touch, Math.max(1000, next - now));
  }

  function sink<O extends Metadata, F>(
    name: CollectionName,
    store: Store<F>,
    project: (object: O) => F | undefined,
    changed: (before: F | undefined, after: F | undefined) => void,
  ) {
    return {
      change(gone: readonly string[], present: readonly O[]) {
        for (const uid of gone) changed(store.delete(uid), undefined);
        for (const object of present) {
          const uid = object.metadata?.uid ?? '';
          const after = project(object);
          changed(after === undefined ? store.delete(uid) : store.set(uid, after), after);
        }
      },
      complete() {
        complete.add(name);
        touchAll();
      },
      count: store.size,
    };
  }

  const subjects: Subjects = {
    machine(key) {
      const pod = pods.byKey(key);
      const record = records.byKey(key);
      return {
        row: tables.machines.rows.get((pod ?? record)?.uid ?? ''),
        pod,
        record: record ?? (complete.has('records') ? 'none' : undefined),
        services: complete.has('services') ? [...(servicesOf.get(key) ?? [])] : undefined,
        attachments: complete.has('attachments') ? [...(attachmentsOf.get(key) ?? [])] : undefined,
      };
    },
    disk: (key) => ({
      row: tables.disks.rows.get(claims.byKey(key)?.uid ?? ''),
      users: havers(key),
      attachment: attachments.byKey(key),
      volume: volumes.byKey(key),
    }),
    all: () => ({
      machines: new Set([...pods.keyed.keys(), ...records.keyed.keys(), ...servicesOf.keys(), ...attachmentsOf.keys()]),
      disks: new Set([...claims.keyed.keys(), ...attachments.keyed.keys(), ...users.keys()]),
    }),
    follow(listener) {
      followers.add(listener);
      return () => followers.delete(listener);
    },
  };
  const events = createStore<ClusterEvent>(({ uid }) => uid);
  return {
    subjects,
    tables,
    nodes: nodes.keyed,
    classes: classes.keyed,
    services: (namespace, agentId) => [...(servicesOf.get(`${namespace}/agent-${agentId}`) ?? [])],
    volume: (namespace, claim) => volumes.byKey(`${namespace}/${claim}`),
    flush,
    stop: () => clearTimeout(timer),
    sinks: {
      pods: sink('pods', pods, (pod) => podFacts(pod, intern), podChanged),
      attachments: sink('attachments', attachments, (pod) => attachmentFacts(pod, intern), attachmentChanged),
      claims: sink(
        'claims',
        claims,
        (claim) => claimFacts(claim, intern),
        (before, after) => {
          if (before !== undefined && after === undefined) {
            tables.disks.delete(before.uid);
            due.delete(before.uid);
          }
          for (const one of [before, after]) if (one !== undefined) staleDisks.add(keyOf(one));
        },
      ),
      nodes: sink('nodes', nodes, nodeOf, nodeChanged),
      storageClasses: sink('storageClasses', classes, classOf, touchDisks),
      services: sink('services', services, serviceOf, serviceChanged),
      records: sink(
        'records',
        records,
        (record) => recordOf(record, intern),
        (before, after) => {
          if (before !== undefined && after === undefined) forget(before.uid);
          for (const one of [before, after]) if (one !== undefined) staleMachines.add(keyOf(one));
        },
      ),
      volumes: sink('volumes', volumes, volumeOf, (before, after) => {
        for (const one of [before, after]) if (one !== undefined) staleDisks.add(one.claim);
      }),
      events: sink(
        'events',
        events,
        (event) => eventOf(event, intern),
        (before, after) => {
          if (before !== undefined && after === undefined) tables.events.delete(before.uid);
          if (after !== undefined) tables.events.set(after);
          warnings.replace(before, after);
          const event = after ?? before;
          if (event !== undefined) eventChanged(event);
        },
      ),
    },
  };
}

function keyOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

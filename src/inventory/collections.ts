import { agentIdLabel, attachedToLabel, diskIdLabel } from '../bosh/labels.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import { type Collection, listPath, metadataAlone, wholeObjects } from '../kubernetes/collection.ts';
import { readPage } from '../kubernetes/collection-body.ts';
import type { Freshness } from '../kubernetes/freshness.ts';
import {
  type Claim,
  claimShape,
  type Event,
  eventShape,
  type Metadata,
  metadataShape,
  type Node,
  nodeShape,
  type Pod,
  podShape,
  type Service,
  type StorageClass,
  serviceShape,
  storageClassShape,
  type Volume,
  volumeShape,
} from '../kubernetes/objects.ts';
import { type Reflector, type ReflectorTiming, reflect } from '../kubernetes/reflector.ts';
import type { CollectionState, InventoryOptions } from './inventory.ts';

interface Kinds {
  readonly pods: Pod;
  /** Pods that bring disks to machines: they do not have an agent's label, which Services select by. */
  readonly attachments: Pod;
  readonly claims: Claim;
  readonly nodes: Node;
  readonly storageClasses: StorageClass;
  readonly services: Service;
  /** Secrets, of which never more than metadata is asked for. */
  readonly records: Metadata;
  readonly volumes: Volume;
  readonly events: Event;
}

export type CollectionName = keyof Kinds;

/** Where objects go to. */
export type Sinks = {
  readonly [K in CollectionName]: {
    change(gone: readonly string[], present: readonly Kinds[K][]): void;
    /** All of them have been read once. */
    complete(): void;
    count(): number;
  };
};

export interface Collections {
  states(): readonly CollectionState[];
  refresh(): void;
  stop(): void;
}

/** What rows are made of comes first; the rest waits until machines are on the screen. */
const first: readonly CollectionName[] = ['pods', 'attachments', 'claims', 'nodes', 'storageClasses'];
const later: readonly CollectionName[] = ['services', 'records', 'volumes', 'events'];

/** What rows are made of: without them there is nothing to show. The others only add to rows. */
export const essential: readonly CollectionName[] = ['pods', 'claims'];

/** That a connection has died must be known of these within half a minute. The others may take longer: a watch that lives longer costs less. */
const patient: Partial<ReflectorTiming> = { windowMs: 90_000, silenceMs: 120_000 };

/** Where there are more events than this only warnings are read: a big deployment makes a hundred thousand within their hour. */
const mostEvents = 5_000;

/** Reads the collections and hands them to their sinks; each has its own fate. */
export function openCollections(
  cluster: Cluster,
  options: InventoryOptions,
  sinks: Sinks,
  touch: () => void,
): Collections {
  const wanted = options.collections ?? [...first, ...later];
  const states = new Map<CollectionName, Freshness>(
    wanted.map((name) => [name, { state: 'syncing', read: 0, about: undefined }]),
  );
  const reflectors: Reflector[] = [];
  const kinds = describe(options.namespace);
  let stopped = false;
  let isLaterStarted = false;

  function start<K extends CollectionName>(name: K, extra: { readonly fieldSelector?: string } = {}): void {
    if (stopped || !wanted.includes(name)) return;
    const sink = sinks[name];
    let isComplete = false;
    const collection = { ...kinds[name], ...extra } as Collection<Kinds[K]>;
    const reflector = reflect<Kinds[K]>(
      cluster,
      collection,
      {
        change(gone, present) {
          sink.change(gone, present);
          touch();
        },
        freshness(now) {
          states.set(name, now);
          if (now.state === 'live' && !isComplete) {
            isComplete = true;
            sink.complete();
          }
          if (name === 'pods' && now.state !== 'syncing') startLater();
          touch();
        },
      },
      { watch: options.watch ?? true, timing: { ...(essential.includes(name) ? {} : patient), ...options.timing } },
    );
    reflectors.push(reflector);
  }

  function startLater(): void {
    if (isLaterStarted) return;
    isLaterStarted = true;
    for (const name of later) if (name !== 'events') start(name);
    if (wanted.includes('events')) void startEvents();
  }

  async function startEvents(): Promise<void> {
    let count = 0;
    try {
      const body = await cluster.stream(listPath(kinds.events, 1, undefined), { accept: wholeObjects.list });
      count = (await readPage(body, metadataShape, () => undefined)).remaining ?? 0;
    } catch {
      // the reflector will say what is wrong
    }
    start('events', count > mostEvents ? { fieldSelector: 'type!=Normal' } : {});
  }

  for (const name of first) start(name);
  if (!wanted.includes('pods')) startLater();

  return {
    states: () => [...states].map(([name, freshness]) => ({ name, freshness, count: sinks[name].count() })),
    refresh() {
      for (const reflector of reflectors) reflector.refresh();
    },
    stop() {
      stopped = true;
      for (const reflector of reflectors) reflector.stop();
    },
  };
}

function describe(namespace: string | undefined): { readonly [K in CollectionName]: Collection<Kinds[K]> } {
  const inside = (plural: string) =>
    namespace === undefined ? `/api/v1/${plural}` : `/api/v1/namespaces/${namespace}/${plural}`;
  const ofAgents = { accept: wholeObjects, labelSelector: agentIdLabel };
  return {
    pods: { path: inside('pods'), shape: podShape, ...ofAgents },
    attachments: { path: inside('pods'), shape: podShape, accept: wholeObjects, labelSelector: attachedToLabel },
    claims: {
      path: inside('persistentvolumeclaims'),
      shape: claimShape,
      accept: wholeObjects,
      labelSelector: diskIdLabel,
    },
    nodes: { path: '/api/v1/nodes', shape: nodeShape, accept: wholeObjects },
    storageClasses: {
      path: '/apis/storage.k8s.io/v1/storageclasses',
      shape: storageClassShape,
      accept: wholeObjects,
    },
    services: { path: inside('services'), shape: serviceShape, ...ofAgents },
    records: { path: inside('secrets'), shape: metadataShape, ...ofAgents, accept: metadataAlone },
    volumes: { path: '/api/v1/persistentvolumes', shape: volumeShape, accept: wholeObjects },
    events: { path: inside('events'), shape: eventShape, accept: wholeObjects },
  };
}

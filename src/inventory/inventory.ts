import type { Cluster } from '../kubernetes/cluster.ts';
import type { Freshness } from '../kubernetes/freshness.ts';
import { worst } from '../kubernetes/freshness.ts';
import type { ReflectorTiming } from '../kubernetes/reflector.ts';
import { type CollectionName, essential, openCollections } from './collections.ts';
import { createJoins } from './joins.ts';
import type { ClusterNode, DiskClass, DiskVolume, MachineService, TableName, Tables } from './model.ts';
import { createPublisher } from './publisher.ts';
import type { Subjects } from './subjects.ts';
import type { Table } from './table.ts';

export interface Inventory {
  /** Live rows of a table by UID. The same map all its life, changed in place: never copy it at every change. */
  rows<K extends TableName>(name: K): ReadonlyMap<string, Tables[K]>;
  /** Counts up with every publication that changed the table. */
  version(name: TableName): number;
  /** The rows together with their history: what a listing follows. */
  table<K extends TableName>(name: K): Table<Tables[K]>;
  /** How far machines and disks can be trusted; what is missing of the others is with each of them. */
  freshness(): Freshness;
  collections(): readonly CollectionState[];
  /** By name. */
  nodes(): ReadonlyMap<string, ClusterNode>;
  /** By name. */
  storageClasses(): ReadonlyMap<string, DiskClass>;
  /** Services of one machine. */
  services(namespace: string, agentId: string): readonly MachineService[];
  /** The volume of a disk. */
  volume(namespace: string, claim: string): DiskVolume | undefined;
  /** Machines and disks by name, each with all its joins. */
  readonly subjects: Subjects;
  /**
   * Calls back after something changed, rows or freshness; at most about 15 times a second, less often while it is read for the first time.
   * @returns ends it
   */
  subscribe(listener: () => void): () => void;
  /** Lists everything anew, now. */
  refresh(): void;
  close(): void;
}

export interface CollectionState {
  readonly name: CollectionName;
  readonly freshness: Freshness;
  readonly count: number;
}

export interface InventoryOptions {
  /** All namespaces when undefined. */
  readonly namespace: string | undefined;
  /** False: list once, and watch nothing. */
  readonly watch?: boolean;
  /** All when omitted. */
  readonly collections?: readonly CollectionName[];
  readonly timing?: Partial<ReflectorTiming>;
}

/** Pause between two publications: 15 a second are as many as anybody can see. */
const pauseMs = 66;

/** The same while machines are being read for the first time: every frame then costs as much as a page of them. */
const loadingPauseMs = 250;

/** Begins to read a cluster, and keeps what it knows up to date until it is closed. */
export function startInventory(cluster: Cluster, options: InventoryOptions): Inventory {
  const publisher = createPublisher(
    () => joins.flush(),
    () => (freshness().state === 'syncing' ? loadingPauseMs : pauseMs),
  );
  const joins = createJoins(publisher.touch);
  const collections = openCollections(cluster, options, joins.sinks, publisher.touch);

  function freshness(): Freshness {
    const states = collections.states().filter(({ name }) => essential.includes(name));
    const usable = states.filter((one) => one.freshness.state !== 'failed');
    return worst((usable.length > 0 ? usable : states).map((one) => one.freshness));
  }

  return {
    rows: (name) => joins.tables[name].rows,
    version: (name) => joins.tables[name].version(),
    table: (name) => joins.tables[name],
    freshness,
    collections: collections.states,
    nodes: () => joins.nodes,
    storageClasses: () => joins.classes,
    services: joins.services,
    volume: joins.volume,
    subjects: joins.subjects,
    subscribe: publisher.subscribe,
    refresh: collections.refresh,
    close() {
      collections.stop();
      publisher.stop();
      joins.stop();
    },
  };
}

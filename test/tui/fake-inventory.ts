import type { Inventory } from '../../src/inventory/inventory.ts';
import type { Disk, Freshness, Machine, Stemcell, TableName, Tables } from '../../src/inventory/model.ts';
import { createTable, type WritableTable } from '../../src/inventory/table.ts';

/** An inventory whose rows a test changes. */
export interface FakeInventory extends Inventory {
  /** Puts rows in, or replaces those of the same UID. */
  put<K extends TableName>(table: K, ...rows: readonly Tables[K][]): void;
  remove(table: TableName, uid: string): void;
  setFreshness(freshness: Freshness): void;
  readonly refreshed: () => number;
  readonly closed: () => boolean;
}

/** An inventory in memory with so many machines, every seventh with a disk; the same every time. */
export function fakeInventory(machines = 0): FakeInventory {
  const tables: { readonly [K in TableName]: WritableTable<Tables[K]> } = {
    machines: createTable(),
    disks: createTable(),
    stemcells: createTable(),
    events: createTable(),
  };
  const listeners = new Set<() => void>();
  let freshness: Freshness = { state: 'live', since: 0 };
  let refreshed = 0;
  let closed = false;

  function changed(): void {
    for (const listener of listeners) listener();
  }

  const inventory: FakeInventory = {
    rows: (name) => tables[name].rows,
    version: (name) => tables[name].version(),
    table: (name) => tables[name],
    nodes: () => new Map(),
    storageClasses: () => new Map(),
    services: () => [],
    volume: () => undefined,
    subjects: {
      machine: () => ({
        row: undefined,
        pod: undefined,
        record: undefined,
        services: undefined,
        attachments: undefined,
      }),
      disk: () => ({ row: undefined, users: [], attachment: undefined, volume: undefined }),
      all: () => ({ machines: new Set(), disks: new Set() }),
      follow: () => () => undefined,
    },
    freshness: () => freshness,
    collections: () => [{ name: 'pods', freshness, count: tables.machines.rows.size }],
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    refresh: () => {
      refreshed++;
    },
    close: () => {
      closed = true;
    },
    put(name, ...rows) {
      const table: WritableTable<Tables[typeof name]> = tables[name];
      for (const row of rows) table.set(row);
      table.publish();
      changed();
    },
    remove(name, uid) {
      tables[name].delete(uid);
      tables[name].publish();
      changed();
    },
    setFreshness(next) {
      freshness = next;
      changed();
    },
    refreshed: () => refreshed,
    closed: () => closed,
  };
  inventory.put('machines', ...Array.from({ length: machines }, (_, index) => fakeMachine(index)));
  inventory.put('disks', ...Array.from({ length: Math.ceil(machines / 7) }, (_, index) => fakeDisk(index)));
  if (machines > 0) inventory.put('stemcells', fakeStemcell(machines));
  return inventory;
}

const groups = ['api', 'diego-cell', 'nats', 'postgres', 'redis', 'router', 'scheduler', 'uaa'];
const created = Date.UTC(2026, 0, 1);

/** One of many machines, by number. Every fortieth cannot pull its image. */
export function fakeMachine(number: number, change: Partial<Machine> = {}): Machine {
  const group = groups[number % groups.length] ?? '';
  const pulling = number % 40 === 13;
  return {
    uid: `machine-${number}`,
    name: `agent-${String(number).padStart(5, '0')}`,
    namespace: 'bosh',
    created: created + number * 1000,
    health: pulling ? 'problem' : 'ok',
    reason: pulling ? 'Back-off pulling image "stemcell:1"' : undefined,
    agentId: String(number).padStart(5, '0'),
    deployment: number % 3 === 0 ? 'cf' : 'redis-services',
    instance: `${group}/${Math.floor(number / groups.length)}`,
    state: pulling ? 'ImagePullBackOff' : 'Running',
    ready: !pulling,
    restarts: number % 5 === 0 ? 1 : 0,
    promised: `10.244.${number >> 8}.${number & 255}`,
    address: pulling ? undefined : `10.244.${number >> 8}.${number & 255}`,
    podAddress: pulling ? undefined : `10.244.${number >> 8}.${number & 255}`,
    node: `worker-${number % 11}`,
    zone: `z${(number % 3) + 1}`,
    stemcell: 'ubuntu-noble 1.484',
    disks: number % 7 === 0 ? [`disk-${number / 7}`] : [],
    labels: { deployment: number % 3 === 0 ? 'cf' : 'redis-services', group },
    ...change,
  };
}

/** The disk of every seventh machine, by its own number. */
export function fakeDisk(number: number, change: Partial<Disk> = {}): Disk {
  const machine = fakeMachine(number * 7);
  return {
    uid: `disk-${number}`,
    name: `disk-${String(number).padStart(8, '0')}`,
    namespace: 'bosh',
    created: created + number * 1000,
    health: 'ok',
    reason: undefined,
    size: 10 * 1024 ** 3,
    capacity: 10 * 1024 ** 3,
    storageClass: 'fast-ssd',
    phase: 'Bound',
    volume: `pvc-${number}`,
    deployment: machine.deployment,
    machine: machine.instance,
    machineUid: machine.uid,
    mounted: `/mnt/disk-${number}`,
    node: machine.node,
    orphan: false,
    labels: {},
    ...change,
  };
}

function fakeStemcell(machines: number): Stemcell {
  return {
    uid: 'stemcell-1',
    name: 'ubuntu-noble 1.484',
    namespace: 'bosh',
    created,
    health: 'ok',
    reason: undefined,
    image: 'registry.example/stemcell:1.484',
    machines,
    pullErrors: 0,
  };
}

import type { DirectorInstance, DirectorView, InactiveVm } from './model.ts';
import type { Scanned } from './scan.ts';

/** Everything of a Director but what is read deployment by deployment. */
export type Listings = Omit<DirectorView, 'instances' | 'inactiveVms'>;

/** What is known of a Director. What has not changed stays the same object, so that who compares need not look inside. */
export interface Ledger {
  view(): DirectorView;
  /** Takes in what was read; the instances of deployments that are no more are forgotten. */
  take(news: Partial<Listings>): void;
  takeInstances(deployment: string, instances: readonly DirectorInstance[], inactiveVms: readonly InactiveVm[]): void;
  takeScan(deployment: string, scanned: readonly Scanned[]): void;
}

interface Known {
  readonly listed: readonly DirectorInstance[];
  readonly inactiveVms: readonly InactiveVm[];
  /** By instance. */
  readonly scans: ReadonlyMap<string, Scanned>;
  /** The one with the other. */
  readonly instances: readonly DirectorInstance[];
}

const nothing: Known = { listed: [], inactiveVms: [], scans: new Map(), instances: [] };

/** @param changed called after each change */
export function createLedger(changed: () => void): Ledger {
  let listings: Listings = {
    info: undefined,
    freshness: { state: 'syncing', read: 0, about: undefined },
    deployments: [],
    orphanDisks: undefined,
    orphanVms: undefined,
    locks: undefined,
    tasks: [],
  };
  const known = new Map<string, Known>();
  let shown: DirectorView | undefined;

  function say(): void {
    shown = undefined;
    changed();
  }

  function store(deployment: string, next: Omit<Known, 'instances'>): void {
    const old = known.get(deployment) ?? nothing;
    // the Director lists them in whatever order its database has them
    const listed = next.listed.toSorted((a, b) => a.group.localeCompare(b.group) || a.index - b.index);
    const joined = listed.map((instance) => withScan(instance, next.scans));
    const instances = kept(old.instances, joined);
    const inactiveVms = kept(old.inactiveVms, next.inactiveVms);
    known.set(deployment, { ...next, inactiveVms, instances });
    if (instances !== old.instances || inactiveVms !== old.inactiveVms) say();
  }

  return {
    view() {
      const all = [...known.values()];
      shown ??= {
        ...listings,
        instances: all.flatMap(({ instances }) => instances),
        inactiveVms: all.flatMap(({ inactiveVms }) => inactiveVms),
      };
      return shown;
    },
    take(news) {
      const next = keptListings(listings, withLocks({ ...listings, ...news }));
      const names = new Set(next.deployments.map(({ name }) => name));
      const gone = [...known.keys()].filter((name) => !names.has(name));
      for (const name of gone) known.delete(name);
      if (gone.length === 0 && next === listings) return;
      listings = next;
      say();
    },
    takeInstances(deployment, listed, inactiveVms) {
      store(deployment, { listed, inactiveVms, scans: known.get(deployment)?.scans ?? nothing.scans });
    },
    takeScan(deployment, scanned) {
      const scans = new Map(scanned.map((one) => [one.id, one]));
      store(deployment, { ...(known.get(deployment) ?? nothing), scans });
    },
  };
}

/** What the agent of another VM said, before the instance was recreated, says nothing of this one. */
function withScan(instance: DirectorInstance, scans: Known['scans']): DirectorInstance {
  const found = scans.get(instance.id);
  return found === undefined || found.cid !== instance.cid ? instance : { ...instance, scan: found.scan };
}

/** Locks are read oftener than deployments. */
function withLocks(listings: Listings): Listings {
  const { locks } = listings;
  if (locks === undefined) return listings;
  const held = new Set(locks.filter(({ type }) => type === 'deployment').map(({ resource }) => resource[0]));
  return { ...listings, deployments: listings.deployments.map((one) => ({ ...one, locked: held.has(one.name) })) };
}

function keptListings(old: Listings, next: Listings): Listings {
  const listings = {
    info: kept(old.info, next.info),
    freshness: kept(old.freshness, next.freshness),
    deployments: kept(old.deployments, next.deployments),
    orphanDisks: kept(old.orphanDisks, next.orphanDisks),
    orphanVms: kept(old.orphanVms, next.orphanVms),
    locks: kept(old.locks, next.locks),
    tasks: kept(old.tasks, next.tasks),
  };
  const same = (Object.keys(listings) as (keyof Listings)[]).every((key) => listings[key] === old[key]);
  return same ? old : listings;
}

/** The old value where nothing differs; of a list, each old element that is still in it. */
function kept<T>(old: T, next: T): T {
  if (JSON.stringify(old) === JSON.stringify(next)) return old;
  if (!Array.isArray(old) || !Array.isArray(next)) return next;
  const known = new Map(old.map((one) => [JSON.stringify(one), one]));
  return next.map((one) => known.get(JSON.stringify(one)) ?? one) as T;
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { DirectorClient } from '../director/client.ts';
import { startDirectorFeed } from '../director/feed.ts';
import type { DirectorFeed, DirectorInfo } from '../director/model.ts';
import { createDrift } from '../drift/drift.ts';
import type { Finding } from '../drift/model.ts';
import { type Inventory, startInventory } from '../inventory/inventory.ts';
import type { Cluster } from '../kubernetes/cluster.ts';

/** Where BOSH and Kubernetes disagree at one moment. */
export interface DriftRead {
  readonly findings: readonly Finding[];
  /** What could not be known, a sentence each. */
  readonly notes: readonly string[];
  readonly info: DirectorInfo | undefined;
}

// events only add to the reasons of rows
const collections = [
  'pods',
  'attachments',
  'claims',
  'nodes',
  'storageClasses',
  'services',
  'records',
  'volumes',
] as const;

/** How long one run watches what may be passing, in milliseconds: three times what any rule asks for. */
const patienceMs = 30_000;

/**
 * Reads both sides once and compares them.
 * @param director undefined: records and annotations are all there is to compare with
 * @param namespace all when undefined
 * @throws Error when the cluster, or the Director that is named, cannot be read
 */
export async function readDrift(
  cluster: Cluster,
  director: DirectorClient | undefined,
  namespace: string | undefined,
  { scan }: { readonly scan: boolean },
): Promise<DriftRead> {
  const inventory = startInventory(cluster, { namespace, collections });
  const feed = director && startDirectorFeed(director);
  const notes: string[] = [];
  try {
    await Promise.all([clusterRead(inventory), feed && directorRead(feed)]);
    if (feed !== undefined && scan) await scanned(feed, notes);
    const drift = createDrift(inventory, feed, { namespace });
    // what may be passing has to hold for some seconds, as in the console; where there is always something new it ends nevertheless
    const end = Date.now() + patienceMs;
    for (let until = drift.watching(); until !== undefined && until < end; until = drift.watching()) {
      await sleep(Math.max(50, until - Date.now()));
    }
    const read = { findings: drift.findings(), notes: [...notes, ...drift.notes()], info: feed?.view().info };
    drift.close();
    return read;
  } finally {
    feed?.close();
    inventory.close();
  }
}

/** @throws Error when machines or disks cannot be read: without them there is nothing to compare */
async function clusterRead(inventory: Inventory): Promise<void> {
  const needed = ['pods', 'claims', 'attachments'];
  await changed(inventory.subscribe, () => {
    for (const { name, freshness } of inventory.collections()) {
      if (needed.includes(name) && freshness.state === 'failed') throw new Error(freshness.reason);
    }
    return inventory.collections().every(({ freshness: { state } }) => state === 'live' || state === 'failed');
  });
}

/** @throws Error when the Director that was named cannot be read: all its machines would pass for unknown */
async function directorRead(feed: DirectorFeed): Promise<void> {
  await changed(feed.subscribe, () => {
    const { freshness } = feed.view();
    if (freshness.state === 'failed') throw new Error(freshness.reason);
    return freshness.state === 'live';
  });
}

async function scanned(feed: DirectorFeed, notes: string[]): Promise<void> {
  try {
    await feed.scan();
  } catch (error) {
    notes.push(`Agents could not be asked: ${(error as Error).message}`);
  }
}

/** Resolves once something is so. @param isSo may throw */
async function changed(subscribe: (listener: () => void) => () => void, isSo: () => boolean): Promise<void> {
  let end: (() => void) | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        try {
          if (isSo()) resolve();
        } catch (error) {
          reject(error as Error);
        }
      };
      end = subscribe(look);
      look();
    });
  } finally {
    end?.();
  }
}

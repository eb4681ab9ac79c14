import type { CollectionName } from '../inventory/collections.ts';
import { type Inventory, startInventory } from '../inventory/inventory.ts';
import type { TableName } from '../inventory/model.ts';
import type { Cluster } from '../kubernetes/cluster.ts';

/** A table that a command prints. */
export type Listed = Exclude<TableName, 'events'>;

interface Needs {
  /** Without them there is no table. */
  readonly needed: readonly CollectionName[];
  /** They add to rows. */
  readonly useful: readonly CollectionName[];
}

const needs: Readonly<Record<Listed, Needs>> = {
  machines: { needed: ['pods'], useful: ['attachments', 'nodes', 'services', 'records', 'events'] },
  disks: { needed: ['claims', 'pods', 'attachments'], useful: ['nodes', 'storageClasses', 'volumes', 'events'] },
  stemcells: { needed: ['pods'], useful: [] },
};

export interface Read {
  readonly inventory: Inventory;
  /** What could not be read beside, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * Reads once what a table is made of.
 * @param namespace all when undefined
 * @throws Error when what the table is about cannot be read
 */
export async function readTable(cluster: Cluster, table: Listed, namespace: string | undefined): Promise<Read> {
  const { needed, useful } = needs[table];
  const inventory = startInventory(cluster, { namespace, watch: false, collections: [...needed, ...useful] });
  const isRead = () => {
    const all = inventory.collections();
    if (all.some(({ name, freshness }) => needed.includes(name) && freshness.state === 'failed')) return true;
    return all.every(({ freshness: { state } }) => state === 'live' || state === 'failed');
  };
  await new Promise<void>((resolve) => {
    inventory.subscribe(() => {
      if (isRead()) resolve();
    });
  });
  inventory.close();
  const failed = inventory
    .collections()
    .flatMap(({ name, freshness }) => (freshness.state === 'failed' ? [{ name, reason: freshness.reason }] : []));
  const fatal = failed.find(({ name }) => needed.includes(name));
  if (fatal !== undefined) throw new Error(fatal.reason);
  return { inventory, notes: failed.map(({ name, reason }) => `${name} could not be read: ${reason}`) };
}

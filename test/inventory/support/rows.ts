import type { Inventory } from '../../../src/inventory/inventory.ts';
import type { Machine } from '../../../src/inventory/model.ts';
import type { Table } from '../../../src/inventory/table.ts';

/** A healthy machine, but for what is given. */
export function machine(fields: Partial<Machine>): Machine {
  return {
    uid: 'uid',
    name: 'agent-1',
    namespace: 'bosh',
    created: 0,
    health: 'ok',
    reason: undefined,
    agentId: '1',
    deployment: 'cf',
    instance: 'api/0',
    state: 'Running',
    ready: true,
    restarts: 0,
    promised: undefined,
    address: '10.0.0.1',
    podAddress: '10.0.0.1',
    node: 'node-1',
    zone: 'z1',
    stemcell: 'registry.test/stemcell:1',
    disks: [],
    labels: {},
    ...fields,
  };
}

/** The part of an inventory that listings look at, with machines alone. */
export function tablesOf(machines: Table<Machine>): Pick<Inventory, 'table'> {
  return { table: (() => machines) as unknown as Inventory['table'] };
}

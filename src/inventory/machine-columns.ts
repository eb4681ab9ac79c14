import {
  ageColumn,
  type Column,
  commonColumns,
  flagColumn,
  healthTone,
  listColumn,
  numberColumn,
  textColumn,
} from './column.ts';
import type { Machine } from './model.ts';

export const machineColumns: readonly Column<Machine>[] = [
  textColumn('instance', 'INSTANCE', ({ instance }) => instance, { width: [18, 28], priority: 0 }),
  textColumn('state', 'STATE', ({ state }) => state, { width: [14, 22], priority: 1, tone: healthTone }),
  flagColumn('ready', 'READY', ({ ready }) => ready, ['yes', 'no'], { width: [5, 5], priority: 6, tone: readyTone }),
  numberColumn('restarts', 'RESTARTS', ({ restarts }) => restarts, { width: [8, 8], priority: 7 }),
  textColumn('promised_ip', 'PROMISED IP', ({ promised }) => promised, { width: [15, 31], priority: 5 }),
  textColumn('actual_ip', 'ACTUAL IP', ({ address }) => address, { width: [15, 31], priority: 3, tone: addressTone }),
  textColumn('node', 'NODE', ({ node }) => node, { width: [10, 28], priority: 4 }),
  textColumn('zone', 'ZONE', ({ zone }) => zone, { width: [6, 14], priority: 8 }),
  listColumn(
    'disks',
    'DISKS',
    ({ disks }) => disks,
    { width: [5, 5], priority: 9 },
    (disks) => String(disks.length),
  ),
  ageColumn('created', 'AGE', ({ created }) => created, { width: [6, 6], priority: 2 }),
  textColumn('deployment', 'DEPLOYMENT', ({ deployment }) => deployment, { width: [10, 24], priority: 10 }),
  textColumn('stemcell', 'STEMCELL', ({ stemcell }) => stemcell, { width: [20, 90], priority: 50 }),
  textColumn('vm', 'VM CID', ({ name }) => name, { width: [20, 44], priority: 40 }),
  textColumn('agent_id', 'AGENT ID', ({ agentId }) => agentId, { width: [20, 36], priority: 45 }),
  ...commonColumns<Machine>(),
];

function readyTone({ ready }: Machine) {
  return ready ? 'normal' : 'busy';
}

function addressTone({ promised, address }: Machine) {
  return promised !== undefined && address !== undefined && promised !== address ? 'problem' : 'normal';
}

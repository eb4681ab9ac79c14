import { ageColumn, type Column, commonColumns, healthTone, numberColumn, textColumn } from './column.ts';
import type { ClusterEvent } from './model.ts';

export const eventColumns: readonly Column<ClusterEvent>[] = [
  ageColumn('last', 'LAST', ({ last }) => last, { width: [6, 6], priority: 1 }),
  textColumn('type', 'TYPE', ({ type }) => type, { width: [7, 7], priority: 4, tone: healthTone }),
  textColumn('about', 'ABOUT', ({ about }) => about, { width: [20, 48], priority: 0 }),
  textColumn('cause', 'REASON', ({ cause }) => cause, { width: [12, 24], priority: 2, tone: healthTone }),
  numberColumn('count', 'COUNT', ({ count }) => count, { width: [5, 5], priority: 5 }),
  textColumn('message', 'MESSAGE', ({ message }) => message, { width: [20, 200], priority: 3 }),
  // an event's own health and reason say what its type and message say already
  ...commonColumns<ClusterEvent>().filter(({ key }) => key === 'namespace'),
];

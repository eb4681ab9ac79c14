import { ageColumn, type Column, commonColumns, flagColumn, healthTone, numberColumn, textColumn } from './column.ts';
import { formatSize } from './format.ts';
import type { Disk } from './model.ts';

export const diskColumns: readonly Column<Disk>[] = [
  textColumn('disk', 'DISK CID', ({ name }) => name, { width: [24, 44], priority: 0 }),
  numberColumn('size', 'SIZE', ({ size }) => size, { width: [6, 8], priority: 3 }, formatSize),
  numberColumn('capacity', 'CAPACITY', ({ capacity }) => capacity, { width: [8, 8], priority: 7 }, formatSize),
  textColumn('class', 'CLASS', ({ storageClass }) => storageClass, { width: [8, 20], priority: 8 }),
  textColumn('phase', 'PHASE', ({ phase }) => phase, { width: [11, 11], priority: 1, tone: healthTone }),
  textColumn('instance', 'INSTANCE', ({ machine }) => machine, { width: [14, 36], priority: 2 }),
  textColumn('mounted', 'MOUNTED', ({ mounted }) => mounted, { width: [10, 50], priority: 12 }),
  textColumn('node', 'NODE', ({ node }) => node, { width: [10, 28], priority: 6 }),
  flagColumn('orphan', 'ORPHAN', ({ orphan }) => orphan, ['orphan', '–'], { width: [6, 6], priority: 5 }),
  ageColumn('created', 'AGE', ({ created }) => created, { width: [6, 6], priority: 4 }),
  textColumn('deployment', 'DEPLOYMENT', ({ deployment }) => deployment, { width: [10, 24], priority: 9 }),
  textColumn('volume', 'VOLUME', ({ volume }) => volume, { width: [10, 44], priority: 40 }),
  ...commonColumns<Disk>(),
];

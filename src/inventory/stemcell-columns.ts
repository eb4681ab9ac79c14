import { ageColumn, type Column, commonColumns, healthTone, numberColumn, textColumn } from './column.ts';
import type { Stemcell } from './model.ts';

export const stemcellColumns: readonly Column<Stemcell>[] = [
  textColumn('stemcell', 'STEMCELL', ({ name }) => name, { width: [24, 48], priority: 0, tone: healthTone }),
  numberColumn('vms', 'VMS', ({ machines }) => machines, { width: [6, 6], priority: 1 }),
  numberColumn('pull_errors', 'PULL ERRORS', ({ pullErrors }) => pullErrors, {
    width: [11, 11],
    priority: 2,
    tone: healthTone,
  }),
  ageColumn('created', 'FIRST USED', ({ created }) => created, { width: [10, 10], priority: 3 }),
  textColumn('image', 'IMAGE', ({ image }) => image, { width: [20, 120], priority: 4 }),
  // images belong to no namespace
  ...commonColumns<Stemcell>().filter(({ key }) => key !== 'namespace'),
];

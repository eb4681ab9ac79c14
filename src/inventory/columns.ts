import type { Column } from './column.ts';
import { diskColumns } from './disk-columns.ts';
import { eventColumns } from './event-columns.ts';
import { machineColumns } from './machine-columns.ts';
import type { TableName, Tables } from './model.ts';
import { stemcellColumns } from './stemcell-columns.ts';

export type { Column, Tone } from './column.ts';

/** Columns of each table, from left to right. The first orders the table where nothing else is asked for. */
export const columns: { readonly [K in TableName]: readonly Column<Tables[K]>[] } = {
  machines: machineColumns,
  disks: diskColumns,
  stemcells: stemcellColumns,
  events: eventColumns,
};

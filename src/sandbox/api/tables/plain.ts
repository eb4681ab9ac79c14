import { age } from './age.ts';
import { column, nameColumn, type TableDefinition } from './column.ts';

export const namespaces: TableDefinition = {
  columns: [nameColumn, column('Status'), column('Age')],
  cells: ({ metadata, status }, now) => [
    metadata.name ?? '',
    status?.phase ?? '',
    age(metadata.creationTimestamp, now),
  ],
};

export const secrets: TableDefinition = {
  columns: [nameColumn, column('Type'), column('Data'), column('Age')],
  cells: ({ metadata, type, data }, now) => [
    metadata.name ?? '',
    type ?? '',
    Object.keys(data ?? {}).length,
    age(metadata.creationTimestamp, now),
  ],
};

/** Kinds that have no columns of their own here; a real server has them for more kinds. */
export const others: TableDefinition = {
  columns: [nameColumn, column('Created At', 'date')],
  cells: ({ metadata }) => [metadata.name ?? '', metadata.creationTimestamp ?? null],
};

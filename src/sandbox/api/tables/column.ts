import type { ApiObject } from '../object.ts';

/** One column of a Table. Clients show those of priority 0, and the others when asked for a wide listing. */
export interface ColumnDefinition {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

/** How objects of one kind are shown as rows. */
export interface TableDefinition {
  readonly columns: readonly ColumnDefinition[];
  /** One cell a column. @param now milliseconds since 1970, for ages */
  cells(object: ApiObject, now: number): readonly unknown[];
  /** Conditions of the row, which only finished pods have. */
  conditions?(object: ApiObject): readonly object[] | undefined;
}

/** A column of every listing. A real server describes each at length; nobody here reads that. */
export function column(name: string, type = 'string'): ColumnDefinition {
  return { name, type, format: '', description: '', priority: 0 };
}

/** A column of wide listings. */
export function wide(name: string): ColumnDefinition {
  return { ...column(name), priority: 1 };
}

/** The column with the object's name. */
export const nameColumn: ColumnDefinition = { ...column('Name'), format: 'name' };

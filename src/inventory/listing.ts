import { byHealth } from './column.ts';
import { columns } from './columns.ts';
import type { Compare } from './compare.ts';
import type { ParsedFilter } from './filter.ts';
import type { Inventory } from './inventory.ts';
import type { Row, TableName, Tables } from './model.ts';
import { createOrdering, type Ordering } from './ordering.ts';
import type { Table } from './table.ts';

/** The rows of a table that a filter lets through, in order. */
export interface Listing<R> {
  readonly length: number;
  /** Rows of the whole table. */
  readonly total: number;
  at(index: number): R | undefined;
  /** -1 when it is not among them. */
  indexOf(uid: string): number;
  /** Takes in what has changed since the last time. */
  update(): void;
}

export interface ListingOptions {
  /** A filter with an error lets everything through. */
  readonly filter: ParsedFilter;
  /** By the table's first column when undefined. */
  readonly sort: { readonly column: string; readonly descending: boolean } | undefined;
  /** Whatever the order: what needs a person comes first. */
  readonly problemsFirst: boolean;
}

/** Lists a table. Rows that compare as equal are ordered by name, then by namespace and UID, so none ever changes places without cause. */
export function createListing<K extends TableName>(
  inventory: Pick<Inventory, 'table'>,
  name: K,
  { filter, sort, problemsFirst }: ListingOptions,
): Listing<Tables[K]> {
  const table = inventory.table(name);
  const order = `${sort?.column} ${sort?.descending} ${problemsFirst}`;
  const all = orderingOf(table, order, () => compareBy(columns[name], sort, problemsFirst));
  const ordering = 'error' in filter ? all : all.narrow((row) => filter.test(row));
  return {
    get length() {
      return ordering.rows().length;
    },
    get total() {
      return table.rows.size;
    },
    at: (index) => ordering.rows()[index],
    indexOf: (uid) => ordering.indexOf(uid),
    update: () => ordering.update(),
  };
}

/** Sorting is what costs: filters typed letter by letter share one order of the whole table. */
const orderings = new WeakMap<object, Map<string, Ordering<never>>>();
const mostOrderings = 3;

function orderingOf<R extends Row>(table: Table<R>, order: string, compare: () => Compare<R>): Ordering<R> {
  const known = (orderings.get(table) ?? new Map()) as Map<string, Ordering<R>>;
  orderings.set(table, known as unknown as Map<string, Ordering<never>>);
  const ordering = known.get(order) ?? createOrdering(table, compare());
  ordering.update();
  known.delete(order);
  known.set(order, ordering);
  const [oldest] = known.keys();
  if (known.size > mostOrderings && oldest !== undefined) known.delete(oldest);
  return ordering;
}

function compareBy<R extends Row>(
  all: readonly { readonly key: string; readonly compare: Compare<R> }[],
  sort: ListingOptions['sort'],
  problemsFirst: boolean,
): Compare<R> {
  const column = all.find(({ key }) => key === sort?.column) ?? all[0];
  const sign = sort?.descending === true ? -1 : 1;
  return (a, b) =>
    (problemsFirst ? byHealth(a, b) : 0) ||
    sign * (column?.compare(a, b) ?? 0) ||
    byCode(a.name, b.name) ||
    byCode(a.namespace, b.namespace) ||
    byCode(a.uid, b.uid);
}

function byCode(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

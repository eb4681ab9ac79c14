/** Stands for src/inventory until it is there. */
import type { Inventory } from '../inventory/inventory.ts';
import type { TableName, Tables } from '../inventory/model.ts';

export type Tone = 'normal' | 'dim' | 'good' | 'busy' | 'problem';

export interface Column<R> {
  readonly key: string;
  readonly title: string;
  text(row: R, now: number): string;
  json(row: R): unknown;
  compare(a: R, b: R): number;
  readonly align?: 'right';
  readonly width: { readonly min: number; readonly max: number };
  readonly priority: number;
  tone?(row: R): Tone;
}

export interface Listing<R> {
  readonly length: number;
  readonly total: number;
  at(index: number): R | undefined;
  indexOf(uid: string): number;
  update(): void;
}

import type { Row } from '../inventory/model.ts';

function column<R>(key: keyof R & string, min: number, max: number, priority: number, toned = false): Column<R> {
  const text = (row: R, now: number) => {
    const value = row[key] as unknown;
    if (key === 'created' || key === 'last') return age(now - (value as number));
    if (value === undefined) return '–';
    return Array.isArray(value) ? (value.length === 0 ? '–' : value.join(',')) : String(value);
  };
  return {
    key,
    title: key,
    text,
    json: (row) => row[key],
    compare: (a, b) => (a[key] < b[key] ? -1 : a[key] > b[key] ? 1 : 0),
    width: { min, max },
    priority,
    ...(toned
      ? {
          tone: (row: R) =>
            (row as unknown as Row).health === 'ok' ? 'normal' : ((row as unknown as Row).health as Tone),
        }
      : {}),
  };
}

function age(ms: number): string {
  const s = Math.floor(ms / 1000);
  if (s < 120) return `${s}s`;
  if (s < 7200) return `${Math.floor(s / 60)}m`;
  if (s < 172800) return `${Math.floor(s / 3600)}h`;
  return `${Math.floor(s / 86400)}d`;
}

export const columns: { readonly [K in TableName]: readonly Column<Tables[K]>[] } = {
  machines: [
    column('instance', 16, 30, 0),
    column('state', 12, 20, 1, true),
    column('ready', 5, 5, 5),
    column('restarts', 8, 8, 6),
    column('promised', 14, 15, 4),
    column('address', 14, 15, 3),
    column('node', 10, 20, 7),
    column('zone', 6, 10, 8),
    column('disks', 10, 30, 9),
    column('created', 7, 7, 2),
  ],
  disks: [
    column('name', 20, 45, 0),
    column('phase', 8, 12, 1, true),
    column('machine', 12, 20, 2),
    column('size', 8, 12, 3),
    column('created', 7, 7, 4),
  ],
  stemcells: [column('image', 30, 80, 0), column('machines', 8, 8, 1), column('pullErrors', 10, 10, 2)],
  events: [
    column('last', 7, 7, 1),
    column('type', 7, 7, 2),
    column('about', 16, 40, 0),
    column('cause', 12, 20, 3),
    column('message', 20, 100, 4),
  ],
};

export function parseFilter(text: string): { test(row: Row): boolean } | { error: string } {
  if (text.startsWith('/')) {
    try {
      const regex = new RegExp(text.replace(/^\/|\/$/g, ''), 'i');
      return { test: (row) => regex.test(JSON.stringify(row)) };
    } catch (error) {
      return { error: String(error) };
    }
  }
  return { test: (row) => JSON.stringify(row).includes(text) };
}

export function createListing<K extends TableName>(
  inventory: Inventory,
  table: K,
  options: {
    filter: ReturnType<typeof parseFilter>;
    sort: { column: string; descending: boolean } | undefined;
    problemsFirst: boolean;
  },
): Listing<Row> {
  let rows: Row[] = [];
  let index = new Map<string, number>();
  const { filter, sort, problemsFirst } = options;
  const by = (columns[table] as readonly Column<never>[] as readonly Column<Row>[]).find(
    ({ key }) => key === sort?.column,
  );
  const listing = {
    get length() {
      return rows.length;
    },
    get total() {
      return inventory.rows(table).size;
    },
    at: (at: number) => rows[at],
    indexOf: (uid: string) => index.get(uid) ?? -1,
    update() {
      rows = [...inventory.rows(table).values()].filter((row) => 'error' in filter || filter.test(row));
      const rank = ({ health: own }: Row) => (own === 'problem' ? 0 : 1);
      rows.sort(
        (a, b) =>
          (problemsFirst ? rank(a) - rank(b) : 0) ||
          (by === undefined ? 0 : by.compare(a, b) * (sort?.descending ? -1 : 1)) ||
          a.name.localeCompare(b.name),
      );
      index = new Map(rows.map(({ uid }, at) => [uid, at]));
    },
  };
  listing.update();
  return listing;
}

import type { Compare } from './compare.ts';
import type { Row } from './model.ts';
import type { Table } from './table.ts';

/** A table's rows in order, kept so change by change. */
export interface Ordering<R> {
  rows(): readonly R[];
  indexOf(uid: string): number;
  update(): void;
  /** The same order of those rows alone that pass. */
  narrow(test: (row: R) => boolean): Ordering<R>;
}

/** @param compare never 0 for two rows */
export function createOrdering<R extends Row>(table: Table<R>, compare: Compare<R>): Ordering<R> {
  const all = [...table.rows.values()].sort(compare);
  return follow(table, compare, () => true, all);
}

function follow<R extends Row>(
  table: Table<R>,
  compare: Compare<R>,
  test: (row: R) => boolean,
  start: readonly R[],
): Ordering<R> {
  let rows = start;
  let version = table.version();

  function update(): void {
    const changes = table.changesSince(version);
    version = table.version();
    if (changes === undefined) rows = [...table.rows.values()].filter(test).sort(compare);
    else if (changes.length > 0) rows = withChanges(changes);
  }

  /** Copies pointers, and compares the changed rows alone. */
  function withChanges(changes: readonly string[]): readonly R[] {
    const changed = new Set(changes);
    const incoming: R[] = [];
    for (const uid of changed) {
      const row = table.rows.get(uid);
      if (row !== undefined && test(row)) incoming.push(row);
    }
    incoming.sort(compare);
    const kept = rows.filter((row) => !changed.has(row.uid));
    const merged: R[] = [];
    let from = 0;
    for (const row of incoming) {
      const at = positionOf(row, kept);
      for (; from < at; from++) merged.push(kept[from] as R);
      merged.push(row);
    }
    for (; from < kept.length; from++) merged.push(kept[from] as R);
    return merged;
  }

  /** Where a row stands, or would stand, among ordered ones. */
  function positionOf(row: R, among: readonly R[]): number {
    let low = 0;
    let high = among.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(among[middle] as R, row) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function indexOf(uid: string): number {
    const row = table.rows.get(uid);
    const at = row === undefined ? -1 : positionOf(row, rows);
    // the row may have changed since the last update, or be gone
    return rows[at]?.uid === uid ? at : rows.findIndex((one) => one.uid === uid);
  }

  return {
    rows: () => rows,
    indexOf,
    update,
    narrow(pass) {
      update();
      return follow(table, compare, pass, rows.filter(pass));
    },
  };
}

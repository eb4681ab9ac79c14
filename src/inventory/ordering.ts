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

  /** One pass over the rows however many changes there are, and a sort of the changed ones alone. */
  function withChanges(changes: readonly string[]): readonly R[] {
    const changed = new Set(changes);
    const incoming: R[] = [];
    for (const uid of changed) {
      const row = table.rows.get(uid);
      if (row !== undefined && test(row)) incoming.push(row);
    }
    incoming.sort(compare);
    const merged: R[] = [];
    let next = 0;
    for (const row of rows) {
      if (changed.has(row.uid)) continue;
      for (let one = incoming[next]; one !== undefined && compare(one, row) < 0; one = incoming[++next])
        merged.push(one);
      merged.push(row);
    }
    for (; next < incoming.length; next++) merged.push(incoming[next] as R);
    return merged;
  }

  function indexOf(uid: string): number {
    const row = table.rows.get(uid);
    if (row !== undefined) {
      let low = 0;
      let high = rows.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (compare(rows[middle] as R, row) < 0) low = middle + 1;
        else high = middle;
      }
      if (rows[low]?.uid === uid) return low;
    }
    // the row has changed since the last update, or is gone
    return rows.findIndex((one) => one.uid === uid);
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

/** What placing needs to know of a column. */
interface Sized {
  readonly width: { readonly min: number; readonly max: number };
  /** Higher numbers are dropped first, and widened last. */
  readonly priority: number;
}

/** A column and the room it has. */
export interface Placed<C> {
  readonly column: C;
  readonly width: number;
}

/** Columns between two columns. */
export const columnGap = 2;

/**
 * Chooses which columns fit and how wide each is. Which ones depends on the width alone; how wide, on the longest cell seen so far: what moves a column
 * is a longer cell, never one that is gone.
 * @param columns in their order on the screen
 * @param width columns of the terminal they may take, gaps included
 * @param longest width of the longest cell of a column seen so far, its title's included; 0 when none was
 */
export function placeColumns<C extends Sized>(
  columns: readonly C[],
  width: number,
  longest: (column: C) => number,
): readonly Placed<C>[] {
  const kept = [...columns];
  while (kept.length > 1 && total(kept) > width) {
    const last = kept.reduce((lowest, column) => (column.priority > lowest.priority ? column : lowest));
    kept.splice(kept.lastIndexOf(last), 1);
  }
  const widths = new Map(kept.map((column) => [column, Math.min(longest(column) || width, column.width.min, width)]));
  let left = width - columnGap * (kept.length - 1) - [...widths.values()].reduce((sum, own) => sum + own, 0);
  for (const column of [...kept].sort((a, b) => a.priority - b.priority)) {
    const own = widths.get(column) ?? 0;
    const more = Math.max(0, Math.min(left, Math.min(longest(column), column.width.max) - own));
    widths.set(column, own + more);
    left -= more;
  }
  return kept.map((column) => ({ column, width: widths.get(column) ?? 0 }));
}

function total(columns: readonly Sized[]): number {
  return columns.reduce((sum, column) => sum + column.width.min, columnGap * (columns.length - 1));
}

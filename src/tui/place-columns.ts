/** What placing needs to know of a column. */
interface Sized {
  readonly width: { readonly min: number; readonly max: number };
  /** Higher numbers are dropped first. */
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
 * Chooses which columns fit and how wide each is. It looks at the width alone, never at the rows: nothing may move on the screen unless the world moved.
 * @param columns in their order on the screen
 * @param width columns of the terminal they may take, gaps included
 */
export function placeColumns<C extends Sized>(columns: readonly C[], width: number): readonly Placed<C>[] {
  const kept = [...columns];
  while (kept.length > 1 && total(kept) > width) {
    const last = kept.reduce((lowest, column) => (column.priority > lowest.priority ? column : lowest));
    kept.splice(kept.lastIndexOf(last), 1);
  }
  const widths = kept.map((column) => column.width.min);
  if (kept.length === 1) widths[0] = Math.min(widths[0] ?? 0, width);
  share(kept, widths, width - widths.reduce((sum, own) => sum + own, 0) - columnGap * (kept.length - 1));
  return kept.map((column, index) => ({ column, width: widths[index] ?? 0 }));
}

function total(columns: readonly Sized[]): number {
  return columns.reduce((sum, column) => sum + column.width.min, columnGap * (columns.length - 1));
}

/** Hands out what is left, one by one, to those that can use it. */
function share(columns: readonly Sized[], widths: number[], left: number): void {
  let rest = left;
  while (rest > 0) {
    const before = rest;
    for (const [index, column] of columns.entries()) {
      const own = widths[index] ?? 0;
      if (rest === 0 || own >= column.width.max) continue;
      widths[index] = own + 1;
      rest--;
    }
    if (rest === before) return;
  }
}

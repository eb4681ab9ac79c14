import { parseFilter } from '../inventory/filter.ts';
import { createListing, type Listing } from '../inventory/listing.ts';
import type { Row, TableName, Tables } from '../inventory/model.ts';
import type { Session } from './session.ts';
import { type Shell, sessionOf, viewOf, viewStateOf } from './shell.ts';
import { untouched, type ViewState } from './state.ts';
import { columnsOf } from './table-columns.ts';
import type { Rows, TableViewDefinition, ViewDefinition } from './view.ts';
import { clampIndex } from './window.ts';

/** A table as one view shows it, and what it was made for. */
interface Made {
  readonly session: Session;
  readonly filter: string;
  readonly sort: ViewState['sort'];
  readonly problemsFirst: boolean;
  version: number;
  readonly listing: Listing<Row>;
}

/** One a view and shell: filter and order are kept up to date by the change, not made anew. */
const made = new WeakMap<Shell, Map<string, Made>>();

/** The rows of the table a view lists, filtered and sorted as its operator asked, up to date; undefined without a cluster. */
export function listingOf(shell: Shell, view: TableViewDefinition): Listing<Row> | undefined {
  const state = shell.store.getState();
  const session = sessionOf(state);
  if (session === undefined) return undefined;
  const { filter, sort, problemsFirst } = state.views[view.name] ?? untouched;
  const own = made.get(shell) ?? new Map<string, Made>();
  made.set(shell, own);
  const last = own.get(view.name);
  const version = session.inventory.version(view.table);
  if (
    last?.session === session &&
    last.filter === filter &&
    last.sort === sort &&
    last.problemsFirst === problemsFirst
  ) {
    if (last.version !== version) last.listing.update();
    last.version = version;
    return last.listing;
  }
  const listing = listRows(session, view.table, { filter, sort, problemsFirst });
  own.set(view.name, { session, filter, sort, problemsFirst, version, listing });
  return listing;
}

function listRows<K extends TableName>(
  session: Session,
  table: K,
  { filter, sort, problemsFirst }: Pick<ViewState, 'filter' | 'sort' | 'problemsFirst'>,
): Listing<Row> {
  return createListing(session.inventory, table, { filter: parseFilter(filter), sort, problemsFirst });
}

/** What the arrows move over in the view on the screen; undefined when they scroll. */
export function rowsOf(shell: Shell, view: ViewDefinition = viewOf(shell)): Rows | undefined {
  if (!hasTable(view)) return view.rows?.(shell);
  const listing = listingOf(shell, view);
  if (listing === undefined) return undefined;
  return {
    length: listing.length,
    uidAt: (index) => listing.at(index)?.uid,
    indexOf: (uid) => listing.indexOf(uid),
  };
}

/** Whether a view lists a table. */
export function hasTable(view: ViewDefinition): view is TableViewDefinition {
  return view.table !== undefined;
}

/** Index of the selected row: the row itself while it is there, else what took its place. */
export function selectedIndex(rows: Rows, state: ViewState): number {
  const found = state.selected === undefined ? 0 : rows.indexOf(state.selected);
  if (found < 0) return clampIndex(lastSeen.get(state) ?? state.index, rows.length);
  lastSeen.set(state, found);
  return found;
}

/** Where the selected row was last: other rows have come and gone since it was selected. */
const lastSeen = new WeakMap<ViewState, number>();

/** The selected row of a view that lists a table. */
export function selectedRow<K extends TableName>(shell: Shell, table: K): Tables[K] | undefined {
  const view = viewOf(shell);
  if (!hasTable(view) || view.table !== table) return undefined;
  return selectedOf(shell, view) as Tables[K] | undefined;
}

/** The selected row of the view on the screen, whatever it lists. */
export function selectedOf(shell: Shell, view: ViewDefinition = viewOf(shell)): Row | undefined {
  if (!hasTable(view)) return undefined;
  const listing = listingOf(shell, view);
  const rows = rowsOf(shell, view);
  if (listing === undefined || rows === undefined) return undefined;
  return listing.at(selectedIndex(rows, viewStateOf(shell.store.getState())));
}

/** What an operator calls a row: what its first column says. */
export function labelOf({ table }: TableViewDefinition, row: Row): string {
  return columnsOf(table)[0]?.text(row, Date.now()) ?? row.name;
}

/** What is wrong with a filter being typed; undefined when nothing is. */
export function filterProblem(text: string): string | undefined {
  const parsed = parseFilter(text);
  return 'error' in parsed ? parsed.error : undefined;
}

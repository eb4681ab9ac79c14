import type { Disk, Machine } from '../../inventory/model.ts';
import type { Session } from '../../tui/session.ts';
import { routeOf, type Shell, sessionOf } from '../../tui/shell.ts';

interface Subjects {
  readonly machines: Machine;
  readonly disks: Disk;
}

/** What a detail view is about. */
export interface Subject<R> {
  readonly session: Session;
  /** As last known. */
  readonly row: R;
  readonly gone: boolean;
}

/** Rows as last seen, by the UID they were opened with: a machine that is made anew has another UID and the same name. */
const seen = new WeakMap<Session, Map<string, Machine | Disk>>();

/** The row that the route on the screen names, or what was known of it; undefined while nothing is. */
export function subjectOf<K extends keyof Subjects>(shell: Shell, table: K): Subject<Subjects[K]> | undefined {
  const state = shell.store.getState();
  const session = sessionOf(state);
  const { uid } = routeOf(state);
  if (session === undefined || uid === undefined) return undefined;
  const known = seen.get(session) ?? new Map<string, Machine | Disk>();
  seen.set(session, known);
  const rows: ReadonlyMap<string, Subjects[K]> = session.inventory.rows(table);
  const last = known.get(uid) as Subjects[K] | undefined;
  const row = rows.get(uid) ?? (last && (rows.get(last.uid) ?? successor(rows, last)));
  if (row !== undefined) known.set(uid, row);
  const shown = row ?? last;
  return shown && { session, row: shown, gone: row === undefined };
}

function successor<R extends Machine | Disk>(rows: ReadonlyMap<string, R>, { name, namespace }: R): R | undefined {
  for (const row of rows.values()) if (row.name === name && row.namespace === namespace) return row;
  return undefined;
}

import { findingOf, type Listed, listedFindings } from '../../tui/findings.ts';
import { selectedIndex } from '../../tui/rows.ts';
import { routeOf, type Shell, viewOf, viewStateOf } from '../../tui/shell.ts';
import type { Rows } from '../../tui/view.ts';

/** What the arrows move over in the list. */
export function findingRows(listed: readonly Listed[]): Rows {
  return {
    length: listed.length,
    uidAt: (index) => listed[index]?.finding.id,
    indexOf: (id) => listed.findIndex(({ finding }) => finding.id === id),
  };
}

/** The finding selected in the list, or the one whose page is shown. */
export function findingHere(shell: Shell): Listed | undefined {
  const state = shell.store.getState();
  if (viewOf(shell).name === 'finding') return findingOf(state, routeOf(state).uid);
  const listed = listedFindings(state);
  return listed[selectedIndex(findingRows(listed), viewStateOf(state))];
}

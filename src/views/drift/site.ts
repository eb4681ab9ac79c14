import type { ActionSite } from '../../actions/site.ts';
import { readonlyRefusal } from '../../tui/action.ts';
import { type Shell, sessionOf } from '../../tui/shell.ts';

/**
 * Where the console's actions are planned and carried out: what the console refuses, they refuse too, at each write.
 * @throws Error while BOSH's side is not known
 */
export function siteOf({ store }: Shell): ActionSite {
  const { bosh } = store.getState();
  if (bosh === undefined) throw new Error("BOSH's side is being read; try again in a moment");
  return bosh.site({
    readonly: () => (store.getState().readonly ? readonlyRefusal : undefined),
    stale() {
      const freshness = sessionOf(store.getState())?.inventory.freshness();
      return freshness?.state === 'live' ? undefined : 'what is known of the cluster is not up to date';
    },
  });
}

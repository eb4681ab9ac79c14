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
      if (freshness?.state === 'live') return undefined;
      const why = freshness !== undefined && 'reason' in freshness ? freshness.reason : 'it is being read';
      return `What is known of the cluster is not up to date: ${why}`;
    },
  });
}

/** Why nothing can be planned yet. */
export function needsBosh({ store }: Shell): string | undefined {
  return store.getState().bosh === undefined ? "BOSH's side is being read" : undefined;
}

/** Why what only a Director can do cannot be done. */
export function needsDirector(shell: Shell): string | undefined {
  const director = shell.store.getState().bosh?.director;
  if (director === undefined) return needsBosh(shell);
  if (director.state === 'there') return undefined;
  return director.state === 'broken' ? director.reason : 'there is no Director: set BOSH_ENVIRONMENT';
}

import type { DirectorInstance, DirectorView, Scan } from '../director/model.ts';
import { createActivity } from './activity.ts';
import { type Belief, beliefOf } from './belief.ts';
import { changedVms, isOther } from './belief-changes.ts';

/** How a Director can be asked: `none` there is no way, `frozen` what it said may not hold any more. */
export type DirectorState = 'none' | 'live' | 'frozen';

/** What a Director says, and how far that can be believed. */
export interface DirectorSide {
  /** Takes in what it says now. @returns names of VMs of which it says something else than before, or that all must be looked at */
  hear(view: DirectorView | undefined, now: number): readonly string[] | 'all';
  state(): DirectorState;
  /** The last it said; undefined until it was heard. */
  belief(): Belief | undefined;
  /** What the agent of an instance said, unless something was done to the deployment since. */
  scanOf(instance: DirectorInstance): Scan | undefined;
  /** When all agents had been asked, nothing having been done since; undefined: not all of them. */
  scanned(): number | undefined;
  /** Deployments that are being changed; an empty name stands for what is done to none of them. */
  busy(): readonly string[];
  /** @param deployment undefined when it is not known: then all that is done counts */
  isBusy(deployment: string | undefined): boolean;
  /** From when on, in milliseconds since 1970, what was done to a deployment is over for so long that all listings know. */
  quietFrom(deployment: string | undefined): number;
}

/** How long after a Director's task its listings may still be from before its end. */
const settleMs = 5000;

export function createDirectorSide(): DirectorSide {
  const activity = createActivity();
  let seen: DirectorView | undefined;
  let belief: Belief | undefined;
  let state: DirectorState = 'none';
  let scanned: number | undefined;

  function scanOf({ deployment, scan }: DirectorInstance): Scan | undefined {
    return scan !== undefined && scan.at >= activity.lastBusy(deployment) ? scan : undefined;
  }

  function oldestScan(instances: readonly DirectorInstance[]): number | undefined {
    let oldest = Number.MAX_SAFE_INTEGER;
    for (const instance of instances) {
      const scan = scanOf(instance);
      if (scan === undefined) return undefined;
      oldest = Math.min(oldest, scan.at);
    }
    return oldest;
  }

  return {
    hear(view, now) {
      const before = { state, scanned, belief };
      state = stateOf(view, belief);
      let vms: readonly string[] = [];
      let isAll = state !== before.state;
      if (state === 'live' && view !== undefined && view !== seen) {
        belief = beliefOf(view);
        if (before.belief === undefined || isOther(before.belief, belief)) isAll = true;
        else vms = changedVms(before.belief, belief);
        seen = view;
      }
      if (state !== 'frozen' && activity.see(view, now)) isAll = true;
      scanned = state === 'live' ? oldestScan(view?.instances ?? []) : undefined;
      // that nobody has a disk is said by all scans together
      return isAll || scanned !== before.scanned ? 'all' : vms;
    },
    state: () => state,
    belief: () => belief,
    scanOf,
    scanned: () => scanned,
    busy: activity.busy,
    isBusy: activity.isBusy,
    quietFrom(deployment) {
      const last = activity.lastBusy(deployment);
      return last === 0 ? 0 : last + settleMs;
    },
  };
}

/** A Director that was heard once and is silent now has still said what it said; one that never was is none. */
function stateOf(view: DirectorView | undefined, belief: Belief | undefined): DirectorState {
  if (view === undefined) return 'none';
  const { state } = view.freshness;
  if (state === 'live') return 'live';
  return state === 'failed' && belief === undefined ? 'none' : 'frozen';
}

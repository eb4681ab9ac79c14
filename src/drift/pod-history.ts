import type { PodFacts } from '../inventory/pod-facts.ts';

/** What the pods of a machine were, one after the other. */
export interface PodHistory {
  /**
   * @param pod the one there is
   * @param isWanted false when nobody speaks of the machine any more: it is forgotten
   */
  see(key: string, pod: PodFacts | undefined, isWanted: boolean): Seen;
}

interface Seen {
  /** The pod took another's place, and nobody changed the record for that: a call of the CPI makes another generation. */
  readonly isMadeBehind: boolean;
  /** Of the pod, or of the last one there was: a record does not say whose it is. */
  readonly labels: Readonly<Record<string, string>> | undefined;
}

interface Known extends Seen {
  readonly uid: string;
  readonly madeFrom: string;
}

export function createPodHistory(): PodHistory {
  const known = new Map<string, Known>();
  return {
    see(key, pod, isWanted) {
      const before = known.get(key);
      if (pod === undefined) {
        if (!isWanted) known.delete(key);
        return { isMadeBehind: false, labels: before?.labels };
      }
      const { uid, labels } = pod;
      const madeFrom = `${pod.record}/${pod.generation}`;
      const isSame = before?.uid === uid;
      const isMadeBehind = isSame ? before.isMadeBehind : before?.madeFrom === madeFrom && pod.record !== undefined;
      const seen = { uid, madeFrom, isMadeBehind, labels };
      known.set(key, seen);
      return seen;
    },
  };
}

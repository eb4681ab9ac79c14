import type { Finding, Subject } from './model.ts';
import type { Draft } from './rule.ts';

/** What a rule says of a case. */
export interface Outcome {
  readonly rule: string;
  readonly holdMs: number;
  readonly draft: Draft;
  readonly subject: Subject;
}

/** What keeps findings about a case back for now. */
export interface Gate {
  /** Something is being done to it: nothing new is told. */
  readonly isBusy: boolean;
  /** From then on, in milliseconds since 1970, what was done to it is over for long enough. */
  readonly quietFrom: number;
  /** Whether a rule's earlier finding stays though the rule cannot be asked now. */
  isFrozen(rule: string): boolean;
}

/** Lets disagreements become findings once they have held, and keeps since when they do. */
export interface Verdicts {
  /** Takes in what all rules say of a case now. @param key of the case */
  take(key: string, outcomes: readonly Outcome[], gate: Gate, now: number): void;
  /** Keys of cases of which something is told or watched. */
  keys(): Iterable<string>;
  /** Those of them that must be looked at again by now. */
  dueBy(now: number): readonly string[];
  /** When the next of them must. */
  due(): number | undefined;
  /** Until when something is watched that has not held for long enough yet; what is too young by its own age is left out. */
  watching(): number | undefined;
  /** Lists the findings anew. @returns whether they have changed since the last time */
  publish(): boolean;
  findings(): readonly Finding[];
}

interface Entry {
  readonly rule: string;
  readonly first: number;
  /** Until then it is only watched. */
  readonly heldFrom: number;
  readonly due: number;
  readonly finding: Finding | undefined;
}

const ranks = { high: 0, medium: 1, low: 2 } as const;

/** @param rules names in the order in which findings of one severity are told */
export function createVerdicts(rules: readonly string[]): Verdicts {
  const ruleRanks = new Map(rules.map((name, rank) => [name, rank]));
  const cases = new Map<string, ReadonlyMap<string, Entry>>();
  /** Cases with an entry that is only watched. */
  const watched = new Set<string>();
  let listed: readonly Finding[] = [];
  let isStale = false;

  function entryOf(known: Entry | undefined, id: string, outcome: Outcome, gate: Gate, now: number): Entry {
    const { rule, draft, holdMs, subject } = outcome;
    const isTold = known?.finding !== undefined;
    const first = known === undefined || (gate.isBusy && !isTold) ? now : known.first;
    const heldFrom = Math.max(draft.isCertain === true ? first : first + holdMs, gate.quietFrom);
    const due = Math.max(heldFrom, draft.notBefore ?? 0);
    if (!isTold && (gate.isBusy || due > now)) {
      return { rule, first, heldFrom, due: gate.isBusy ? Number.POSITIVE_INFINITY : due, finding: undefined };
    }
    const { severity, title, expected, actual, sides, explanation, repairs } = draft;
    const finding = { id, rule, severity, subject, title, expected, actual, sides, explanation, repairs, since: first };
    const isSame = known?.finding !== undefined && JSON.stringify(known.finding) === JSON.stringify(finding);
    return { rule, first, heldFrom, due: Number.POSITIVE_INFINITY, finding: isSame ? known.finding : finding };
  }

  /** The worst first; then by rule and by what it is about, so that the order is always the same. */
  function inOrder(a: Finding, b: Finding): number {
    return (
      ranks[a.severity] - ranks[b.severity] ||
      (ruleRanks.get(a.rule) ?? 0) - (ruleRanks.get(b.rule) ?? 0) ||
      byCode(a.subject.deployment ?? '', b.subject.deployment ?? '') ||
      a.subject.label.localeCompare(b.subject.label, 'en', { numeric: true }) ||
      byCode(a.id, b.id)
    );
  }

  return {
    take(key, outcomes, gate, now) {
      const before = cases.get(key);
      if (before === undefined && outcomes.length === 0) return;
      const after = new Map<string, Entry>();
      for (const [id, entry] of before ?? []) if (gate.isFrozen(entry.rule)) after.set(id, entry);
      for (const outcome of outcomes) {
        const { namespace, name } = outcome.subject;
        const id = `${outcome.rule}:${namespace}/${name}`;
        after.set(id, entryOf(before?.get(id), id, outcome, gate, now));
      }
      if (after.size === 0) cases.delete(key);
      else cases.set(key, after);
      watched.delete(key);
      for (const { finding } of after.values()) if (finding === undefined) watched.add(key);
      for (const id of new Set([...(before?.keys() ?? []), ...after.keys()])) {
        if (before?.get(id)?.finding !== after.get(id)?.finding) isStale = true;
      }
    },
    keys: () => cases.keys(),
    dueBy: (now) => [...watched].filter((key) => [...(cases.get(key)?.values() ?? [])].some(({ due }) => due <= now)),
    due() {
      let next = Number.POSITIVE_INFINITY;
      for (const key of watched) for (const { due } of cases.get(key)?.values() ?? []) next = Math.min(next, due);
      return Number.isFinite(next) ? next : undefined;
    },
    watching() {
      let last: number | undefined;
      for (const key of watched) {
        for (const { finding, heldFrom, due } of cases.get(key)?.values() ?? []) {
          if (finding === undefined && due === heldFrom) last = Math.max(last ?? 0, due);
        }
      }
      return last;
    },
    findings: () => listed,
    publish() {
      if (!isStale) return false;
      isStale = false;
      listed = [...cases.values()]
        .flatMap((entries) => [...entries.values()].flatMap(({ finding }) => finding ?? []))
        .toSorted(inOrder);
      return true;
    },
  };
}

function byCode(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

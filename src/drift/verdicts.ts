import { natural } from '../inventory/compare.ts';
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

/** A machine or a disk, by `namespace/name`. */
export type CaseKind = 'vm' | 'disk';

/** Lets disagreements become findings once they have held, and keeps since when they do. */
export interface Verdicts {
  /**
   * Takes in what all rules say of a case now.
   * @param gate asked for only where there is something to hold back
   */
  take(kind: CaseKind, key: string, outcomes: readonly Outcome[], gate: () => Gate, now: number): void;
  /** Keys of cases of which something is told or watched. */
  keys(kind: CaseKind): Iterable<string>;
  /** Those of them that must be looked at again by now. */
  dueBy(kind: CaseKind, now: number): readonly string[];
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

type Entries = ReadonlyMap<string, Entry>;

const ranks = { high: 0, medium: 1, low: 2 } as const;

/** @param rules names in the order in which findings of one severity are told */
export function createVerdicts(rules: readonly string[]): Verdicts {
  const ruleRanks = new Map(rules.map((name, rank) => [name, rank]));
  const cases = { vm: new Map<string, Entries>(), disk: new Map<string, Entries>() };
  /** Cases with an entry that is only watched. */
  const watched = { vm: new Set<string>(), disk: new Set<string>() };
  const come = new Set<Finding>();
  const gone = new Set<Finding>();
  let listed: readonly Finding[] = [];

  function* watchedEntries(): Iterable<Entry> {
    for (const kind of ['vm', 'disk'] as const) {
      for (const key of watched[kind]) {
        for (const entry of cases[kind].get(key)?.values() ?? []) if (entry.finding === undefined) yield entry;
      }
    }
  }

  function note(before: Finding | undefined, after: Finding | undefined): void {
    if (before === after) return;
    if (before !== undefined && !come.delete(before)) gone.add(before);
    if (after !== undefined) come.add(after);
  }

  /** The worst first; then by rule and by what it is about, so that the order is always the same. */
  function inOrder(a: Finding, b: Finding): number {
    return (
      ranks[a.severity] - ranks[b.severity] ||
      (ruleRanks.get(a.rule) ?? 0) - (ruleRanks.get(b.rule) ?? 0) ||
      natural(a.subject.deployment ?? '', b.subject.deployment ?? '') ||
      natural(a.subject.label, b.subject.label) ||
      natural(a.id, b.id)
    );
  }

  return {
    take(kind, key, outcomes, gate, now) {
      const before = cases[kind].get(key);
      if (before === undefined && outcomes.length === 0) return;
      const { isFrozen, ...rest } = gate();
      const after = new Map<string, Entry>();
      for (const [id, entry] of before ?? []) if (isFrozen(entry.rule)) after.set(id, entry);
      for (const outcome of outcomes) {
        const { namespace, name } = outcome.subject;
        const id = `${outcome.rule}:${namespace}/${name}`;
        after.set(id, entryOf(before?.get(id), id, outcome, rest, now));
      }
      if (after.size === 0) cases[kind].delete(key);
      else cases[kind].set(key, after);
      const isWatched = [...after.values()].some(({ finding }) => finding === undefined);
      if (isWatched) watched[kind].add(key);
      else watched[kind].delete(key);
      for (const [id, { finding }] of before ?? []) note(finding, after.get(id)?.finding);
      for (const [id, { finding }] of after) if (before?.has(id) !== true) note(undefined, finding);
    },
    keys: (kind) => cases[kind].keys(),
    dueBy: (kind, now) =>
      [...watched[kind]].filter((key) => [...(cases[kind].get(key)?.values() ?? [])].some(({ due }) => due <= now)),
    due() {
      let next = Number.POSITIVE_INFINITY;
      for (const { due } of watchedEntries()) next = Math.min(next, due);
      return Number.isFinite(next) ? next : undefined;
    },
    watching() {
      let last: number | undefined;
      for (const { heldFrom, due } of watchedEntries()) if (due === heldFrom) last = Math.max(last ?? 0, due);
      return last;
    },
    publish() {
      if (come.size + gone.size === 0) return false;
      // what stays is in order already, which makes sorting cheap
      listed = [...listed.filter((finding) => !gone.has(finding)), ...come].sort(inOrder);
      come.clear();
      gone.clear();
      return true;
    },
    findings: () => listed,
  };
}

function entryOf(
  known: Entry | undefined,
  id: string,
  { rule, draft, holdMs, subject }: Outcome,
  gate: Omit<Gate, 'isFrozen'>,
  now: number,
): Entry {
  const isTold = known?.finding !== undefined;
  const first = known === undefined || (gate.isBusy && !isTold) ? now : known.first;
  const heldFrom = Math.max(draft.isCertain === true ? first : first + holdMs, gate.quietFrom);
  const due = Math.max(heldFrom, draft.notBefore ?? 0);
  const never = Number.POSITIVE_INFINITY;
  if (!isTold && (gate.isBusy || due > now)) {
    return { rule, first, heldFrom, due: gate.isBusy ? never : due, finding: undefined };
  }
  const { severity, title, expected, actual, sides, explanation, repairs } = draft;
  const finding = { id, rule, severity, subject, title, expected, actual, sides, explanation, repairs, since: first };
  const isSame = isTold && JSON.stringify(known.finding) === JSON.stringify(finding);
  return { rule, first, heldFrom, due: never, finding: isSame ? known.finding : finding };
}

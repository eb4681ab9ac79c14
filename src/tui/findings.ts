import type { Finding, Severity } from '../drift/model.ts';
import type { Bosh } from './session.ts';
import { type Shell, say } from './shell.ts';
import type { ShellState } from './state.ts';

/** A finding as the console lists it. */
export interface Listed {
  readonly finding: Finding;
  /** It is left alone until then, milliseconds since 1970; undefined when it is not. */
  readonly ignored: number | undefined;
}

/** All findings of one version, and what they are about. */
interface Known {
  readonly version: number;
  readonly ignored: ShellState['ignored'];
  readonly listed: readonly Listed[];
  readonly about: ReadonlyMap<string, readonly Finding[]>;
}

const known = new WeakMap<Bosh, Known>();

const rank: Readonly<Record<Severity, number>> = { high: 0, medium: 1, low: 2 };

/** Every finding: by severity, then the oldest first; what is ignored comes last. */
export function listedFindings(state: ShellState): readonly Listed[] {
  return knownOf(state)?.listed ?? [];
}

/** Those that nobody ignores. */
export function openFindings(state: ShellState): readonly Finding[] {
  return listedFindings(state).flatMap(({ finding, ignored }) => (ignored === undefined ? [finding] : []));
}

/** What is found about an object and what belongs to it: a machine's Services and attachments, too. The worst first. */
export function findingsAbout(
  state: ShellState,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): readonly Finding[] {
  return knownOf(state)?.about.get(`${namespace}/${name}`) ?? [];
}

/** A finding by its id; undefined when the two sides agree by now. */
export function findingOf(state: ShellState, id: string | undefined): Listed | undefined {
  return listedFindings(state).find(({ finding }) => finding.id === id);
}

/** How many there are of each kind, as `2 no pod`, in the order they are listed. */
export function countKinds(
  findings: readonly Finding[],
): readonly { readonly title: string; readonly count: number }[] {
  const counts = new Map<string, number>();
  for (const { title } of findings) counts.set(title, (counts.get(title) ?? 0) + 1);
  return [...counts].map(([title, count]) => ({ title, count }));
}

function knownOf({ bosh, ignored }: ShellState): Known | undefined {
  if (bosh === undefined) return undefined;
  const last = known.get(bosh);
  const version = bosh.drift.version();
  if (last?.version === version && last.ignored === ignored) return last;
  const listed = bosh.drift
    .findings()
    .map((finding): Listed => ({ finding, ignored: ignored.get(finding.id) }))
    .sort(compare);
  const now: Known = { version, ignored, listed, about: aboutOf(listed) };
  known.set(bosh, now);
  return now;
}

function compare(a: Listed, b: Listed): number {
  return (
    Number(a.ignored !== undefined) - Number(b.ignored !== undefined) ||
    rank[a.finding.severity] - rank[b.finding.severity] ||
    a.finding.since - b.finding.since ||
    (a.finding.id < b.finding.id ? -1 : 1)
  );
}

function aboutOf(listed: readonly Listed[]): ReadonlyMap<string, readonly Finding[]> {
  const about = new Map<string, Finding[]>();
  for (const { finding, ignored } of listed) {
    if (ignored !== undefined) continue;
    const { namespace, name, cid } = finding.subject;
    // a CID may have its context before it
    const names = new Set([name, cid?.replace(/^.*:/, '') ?? name]);
    for (const one of names) {
      const key = `${namespace}/${one}`;
      about.set(key, [...(about.get(key) ?? []), finding]);
    }
  }
  return about;
}

/** How long a finding is left alone, in milliseconds. */
const ignoredMs = 3_600_000;

/** Leaves a finding alone for an hour, as long as this console runs; of one that is left alone, takes that back. */
export function toggleIgnored({ store }: Shell, { finding, ignored }: Listed): void {
  const next = new Map(store.getState().ignored);
  if (ignored === undefined) {
    const until = Date.now() + ignoredMs;
    next.set(finding.id, until);
    setTimeout(() => forget(store, finding.id, until), ignoredMs).unref();
  } else next.delete(finding.id);
  store.setState({ ignored: next });
}

function forget(store: Shell['store'], id: string, until: number): void {
  const { ignored } = store.getState();
  if (ignored.get(id) !== until) return;
  const next = new Map(ignored);
  next.delete(id);
  store.setState({ ignored: next });
}

/** Asks every agent, which takes its time: what only agents know is as old as the last time this was done. */
export async function scanAll(shell: Shell): Promise<void> {
  const { bosh } = shell.store.getState();
  if (bosh?.director.state !== 'there') return;
  say(shell, 'asking every agent; this can take a minute');
  await bosh.director.feed.scan();
  say(shell, 'every agent was asked');
}

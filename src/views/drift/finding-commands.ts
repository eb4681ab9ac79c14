import type { Command } from '../../tui/command.ts';
import { scanAll, toggleIgnored } from '../../tui/findings.ts';
import { open } from '../../tui/history.ts';
import { type Shell, say, sessionOf } from '../../tui/shell.ts';
import { findingHere } from './finding-rows.ts';

/** What can be done with a finding, in the list and on its page. */
export const findingCommands: readonly Command[] = [
  {
    id: 'finding.ignore',
    title: 'Ignore it for an hour, or no more',
    group: 'This view',
    keys: ['i'],
    hint: 'ignore',
    words: ['ignore'],
    onRow: true,
    refused: needsFinding,
    run: ignore,
  },
  {
    id: 'finding.subject',
    title: 'The machine or disk it is about',
    group: 'This view',
    keys: ['m'],
    hint: 'its subject',
    onRow: true,
    refused: (shell) =>
      needsFinding(shell) ?? (subjectRoute(shell) === undefined ? 'Kubernetes has no such machine or disk' : undefined),
    run(shell) {
      const route = subjectRoute(shell);
      if (route !== undefined) open(shell, route);
    },
  },
  {
    id: 'drift.scan',
    title: 'Ask every agent now, through the Director',
    group: 'This view',
    keys: ['f'],
    hint: 'full scan',
    words: ['scan'],
    refused: ({ store }) =>
      store.getState().bosh?.director.state === 'there' ? undefined : 'there is no Director to ask',
    run: scanAll,
  },
];

function needsFinding(shell: Shell): string | undefined {
  return findingHere(shell) === undefined ? 'there is no finding here' : undefined;
}

function ignore(shell: Shell): void {
  const listed = findingHere(shell);
  if (listed === undefined) return;
  toggleIgnored(shell, listed);
  const { title, subject } = listed.finding;
  say(shell, `${title}, ${subject.label}: ${listed.ignored === undefined ? 'ignored for an hour' : 'no more ignored'}`);
}

function subjectRoute(shell: Shell): { readonly view: string; readonly uid: string } | undefined {
  const subject = findingHere(shell)?.finding.subject;
  const inventory = sessionOf(shell.store.getState())?.inventory;
  if (subject === undefined || inventory === undefined) return undefined;
  const names = [subject.name, subject.cid?.replace(/^.*:/, '')];
  for (const [view, table] of [
    ['vm', 'machines'],
    ['disk', 'disks'],
  ] as const) {
    for (const { uid, name, namespace } of inventory.rows(table).values()) {
      if (namespace === subject.namespace && names.includes(name)) return { view, uid };
    }
  }
  return undefined;
}

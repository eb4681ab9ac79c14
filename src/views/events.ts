import { open } from '../tui/history.ts';
import { selectedRow } from '../tui/rows.ts';
import { type Shell, say, sessionOf } from '../tui/shell.ts';
import type { ViewDefinition } from '../tui/view.ts';

/** What Kubernetes tells of machines and disks. */
export const events: ViewDefinition = {
  name: 'events',
  title: 'Events',
  aliases: ['event', 'ev'],
  about: 'what Kubernetes tells of machines and disks',
  key: '5',
  table: 'events',
  empty: {
    title: 'No event about a machine or a disk.',
    advice: ['Kubernetes forgets events after an hour; a quiet cluster has none.'],
  },
  enter: openSubject,
};

/** Goes to the machine or disk an event is about. */
function openSubject(shell: Shell): void {
  const event = selectedRow(shell, 'events');
  const inventory = sessionOf(shell.store.getState())?.inventory;
  if (event === undefined || inventory === undefined) return;
  const uid = event.aboutUid;
  if (inventory.rows('machines').has(uid)) open(shell, { view: 'vm', uid });
  else if (inventory.rows('disks').has(uid)) open(shell, { view: 'disk', uid });
  else say(shell, `${event.about} is neither a machine nor a disk that is here`);
}

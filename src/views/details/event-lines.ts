import { formatAge } from '../../inventory/format.ts';
import type { ClusterEvent } from '../../inventory/model.ts';
import type { Segment } from '../../tui/components/line.tsx';
import type { Session } from '../../tui/session.ts';
import { wrapText } from '../../tui/text.ts';

type Lines = readonly (readonly Segment[])[];

/** Events about any of some objects, the newest first. @param about as `Pod agent-1`: an object that was made anew keeps its name */
export function eventsOf({ inventory }: Session, namespace: string, about: readonly string[]): readonly ClusterEvent[] {
  const found: ClusterEvent[] = [];
  for (const event of inventory.rows('events').values()) {
    if (event.namespace === namespace && about.includes(event.about)) found.push(event);
  }
  return found.sort((a, b) => b.last - a.last || a.name.localeCompare(b.name));
}

/** Columns before the message. */
const before = 8 + 24;

/** Events as lines, their messages whole. */
export function eventLines(events: readonly ClusterEvent[], width: number, now: number): Lines {
  if (events.length === 0) {
    return [[{ text: 'No events. Kubernetes forgets them after an hour.', role: 'dim' }]];
  }
  return events.flatMap(({ last, cause, count, message, health, about }) => {
    const role = health === 'ok' ? undefined : ('problem' as const);
    const times = count > 1 ? ` (${count} times)` : '';
    const wrapped = wrapText(`${message}${times}`, Math.max(20, width - before - 4));
    const kind = about.startsWith('Pod ') ? '' : `${about}: `;
    return wrapped.map((text, index): readonly Segment[] => [
      { text: (index === 0 ? formatAge(now - last) : '').padEnd(8), role: 'dim' },
      { text: `${index === 0 ? cause : ''}`.padEnd(before - 8), ...(role && { role }) },
      { text: index === 0 ? `${kind}${text}` : text },
    ]);
  });
}

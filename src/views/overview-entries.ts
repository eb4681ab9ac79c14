import type { Inventory } from '../inventory/inventory.ts';
import type { ClusterEvent, Health, Row } from '../inventory/model.ts';
import type { Segment } from '../tui/components/line.tsx';
import type { Route } from '../tui/state.ts';

/** A line of the overview; Enter goes where it leads. */
export interface Entry {
  readonly id: string;
  readonly title: string;
  readonly count?: number;
  readonly details: readonly Segment[];
  readonly route: Route;
  readonly problemsFirst?: true;
}

/** Problems listed by name; the views have all of them. */
const most = 12;

/** The lines of the overview: what there is, then what needs a person. */
export function entriesOf(inventory: Inventory): readonly Entry[] {
  const machines = [...inventory.rows('machines').values()];
  const disks = [...inventory.rows('disks').values()];
  const orphans = disks.filter(({ orphan }) => orphan).length;
  const images = [...inventory.rows('stemcells').values()];
  const warnings = countWarnings(inventory.rows('events').values());
  return [
    tableEntry('vms', 'Machines', machines, []),
    tableEntry('disks', 'Disks', disks, orphans === 0 ? [] : [{ text: `${orphans} without a machine`, role: 'dim' }]),
    tableEntry('stemcells', 'Stemcells', images, []),
    {
      id: 'events',
      title: 'Events',
      count: inventory.rows('events').size,
      details: warnings === 0 ? [] : [{ text: `${warnings} warnings`, role: 'busy' }],
      route: { view: 'events' },
    },
    ...problemEntries('vm', machines),
    ...problemEntries('disk', disks),
  ];
}

function tableEntry(view: string, title: string, rows: readonly Row[], more: readonly Segment[]): Entry {
  const count = (health: Health) => rows.reduce((sum, row) => sum + (row.health === health ? 1 : 0), 0);
  const [problem, busy, ok] = [count('problem'), count('busy'), count('ok')];
  const details: Segment[] = [];
  if (problem > 0)
    details.push({
      text: `${problem.toLocaleString('en')} ${problem === 1 ? 'problem' : 'problems'}`,
      role: 'problem',
    });
  if (busy > 0) details.push({ text: `${busy.toLocaleString('en')} busy`, role: 'busy' });
  if (ok > 0) details.push({ text: `${ok.toLocaleString('en')} ok`, role: 'good' });
  const route = { view };
  return {
    id: view,
    title,
    count: rows.length,
    details: [...details, ...more],
    route,
    ...(problem > 0 && { problemsFirst: true }),
  };
}

function problemEntries(
  view: 'vm' | 'disk',
  rows: readonly (Row & { readonly instance?: string })[],
): readonly Entry[] {
  return rows
    .filter(({ health }) => health === 'problem')
    .sort((a, b) => a.name.localeCompare(b.name))
    .slice(0, most)
    .map(({ uid, name, instance, reason = '' }) => ({
      id: uid,
      title: `● ${instance ?? name}`,
      details: [{ text: reason, role: 'problem' as const }],
      route: { view, uid },
    }));
}

function countWarnings(events: Iterable<ClusterEvent>): number {
  let count = 0;
  for (const { type } of events) if (type === 'Warning') count++;
  return count;
}

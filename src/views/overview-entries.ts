import type { Finding } from '../drift/model.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { ClusterEvent, Disk, Health, Machine, Row } from '../inventory/model.ts';
import { severityRoles } from '../tui/components/header.tsx';
import type { Segment } from '../tui/components/line.tsx';
import { countKinds } from '../tui/findings.ts';
import type { Route, ViewState } from '../tui/state.ts';

/** A line of the overview; Enter goes where it leads. */
export interface Entry {
  readonly id: string;
  /** Heading of the lines it is among. */
  readonly section: 'What there is' | 'What needs a person' | 'Deployments';
  readonly title: string;
  readonly count?: number;
  readonly details: readonly Segment[];
  readonly route: Route;
  /** How the view it leads to then stands. */
  readonly change: Partial<ViewState>;
}

/** Problems listed by name; the views have all of them. */
const most = 10;

/** The lines of the overview: what there is, what needs a person, of which deployments. */
/** @param findings those that nobody ignores; undefined while BOSH's side is not known */
export function entriesOf(inventory: Inventory, findings: readonly Finding[] | undefined): readonly Entry[] {
  const machines = [...inventory.rows('machines').values()];
  const disks = [...inventory.rows('disks').values()];
  const orphans = disks.filter(({ orphan }) => orphan).length;
  const warnings = countWarnings(inventory.rows('events').values());
  return [
    tableEntry('vms', 'Machines', machines, []),
    tableEntry('disks', 'Disks', disks, counted(orphans, 'without a machine', 'dim')),
    tableEntry('stemcells', 'Stemcells', [...inventory.rows('stemcells').values()], []),
    {
      ...tableEntry('events', 'Events', [], counted(warnings, 'warnings', 'busy')),
      count: inventory.rows('events').size,
    },
    driftEntry(findings),
    ...problemEntries(machines, disks),
    ...deploymentEntries(machines),
  ];
}

function tableEntry(view: string, title: string, rows: readonly Row[], more: readonly Segment[]): Entry {
  return {
    id: view,
    section: 'What there is',
    title,
    count: rows.length,
    details: [...healthDetails(rows), ...more],
    route: { view },
    change: rows.some(isProblem) ? { problemsFirst: true } : {},
  };
}

function driftEntry(findings: readonly Finding[] | undefined): Entry {
  const kinds = countKinds(findings ?? []).map(({ title, count }): Segment => {
    const severity = findings?.find((finding) => finding.title === title)?.severity ?? 'low';
    return { text: `${count.toLocaleString('en')} ${title}`, role: severityRoles[severity] };
  });
  const none: Segment = { text: findings === undefined ? 'not compared yet' : 'both sides agree', role: 'dim' };
  return {
    id: 'drift',
    section: 'What there is',
    title: 'Drift',
    ...(findings && { count: findings.length }),
    details: kinds.length === 0 ? [none] : kinds,
    route: { view: 'drift' },
    change: {},
  };
}

function deploymentEntries(machines: readonly Machine[]): readonly Entry[] {
  const deployments = new Map<string, Machine[]>();
  for (const machine of machines) {
    if (machine.deployment === undefined) continue;
    const own = deployments.get(machine.deployment);
    if (own === undefined) deployments.set(machine.deployment, [machine]);
    else own.push(machine);
  }
  return [...deployments]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, own]) => ({
      id: `deployment ${name}`,
      section: 'Deployments',
      title: name,
      count: own.length,
      details: healthDetails(own),
      route: { view: 'vms' },
      change: { filter: `-l deployment=${name}`, top: 0, problemsFirst: own.some(isProblem) },
    }));
}

function problemEntries(machines: readonly Machine[], disks: readonly Disk[]): readonly Entry[] {
  return [
    ...machines.filter(isProblem).map((machine) => problemEntry('vm', machine, machine.instance)),
    ...disks.filter(isProblem).map((disk) => problemEntry('disk', disk, disk.name)),
  ]
    .sort((a, b) => (a.title < b.title ? -1 : 1))
    .slice(0, most);
}

function problemEntry(view: 'vm' | 'disk', { uid, reason = '' }: Row, title: string): Entry {
  const details = [{ text: reason, role: 'problem' as const }];
  return { id: uid, section: 'What needs a person', title, details, route: { view, uid }, change: {} };
}

function healthDetails(rows: readonly Row[]): readonly Segment[] {
  const count = (health: Health) => rows.reduce((sum, row) => sum + (row.health === health ? 1 : 0), 0);
  const problems = count('problem');
  return [
    ...counted(problems, problems === 1 ? 'problem' : 'problems', 'problem'),
    ...counted(count('busy'), 'busy', 'busy'),
    ...counted(count('ok'), 'ok', 'good'),
  ];
}

function counted(count: number, what: string, role: 'dim' | 'busy' | 'good' | 'problem'): readonly Segment[] {
  return count === 0 ? [] : [{ text: `${count.toLocaleString('en')} ${what}`, role }];
}

function isProblem({ health }: Row): boolean {
  return health === 'problem';
}

function countWarnings(events: Iterable<ClusterEvent>): number {
  let count = 0;
  for (const { type } of events) if (type === 'Warning') count++;
  return count;
}

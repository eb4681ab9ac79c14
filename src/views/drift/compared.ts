import { formatAge } from '../../inventory/format.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { freshnessSegment } from '../../tui/components/header.tsx';
import type { Segment } from '../../tui/components/line.tsx';
import type { Bosh, DirectorLink, Session } from '../../tui/session.ts';
import type { Saying } from '../../tui/trouble.ts';

/** How far each side can be trusted, and how old what only agents know is. @param now milliseconds since 1970 */
export function trustSegments({ director }: Bosh, { inventory }: Session, now: number): readonly Segment[] {
  const kubernetes: readonly Segment[] = [
    { text: 'Kubernetes ', role: 'dim' },
    freshnessSegment(inventory.freshness(), now),
    { text: ' ' },
  ];
  if (director.state !== 'there') return [{ text: 'no Director · ', role: 'busy' }, ...kubernetes];
  const view = director.feed.view();
  const scanned = scannedAt(director);
  return [
    { text: 'BOSH ', role: 'dim' },
    freshnessSegment(view.freshness, now),
    {
      text: scanned === undefined ? ', agents not asked · ' : `, agents asked ${formatAge(now - scanned)} ago · `,
      role: 'dim',
    },
    ...kubernetes,
  ];
}

/** When the agents of the deployment asked longest ago were asked; undefined while there is one that was not. */
function scannedAt(director: Extract<DirectorLink, { state: 'there' }>): number | undefined {
  let oldest: number | undefined;
  for (const { scan, cid } of director.feed.view().instances) {
    if (cid === undefined) continue;
    if (scan === undefined) return undefined;
    oldest = Math.min(oldest ?? scan.at, scan.at);
  }
  return oldest;
}

/** What a Drift view without findings says: what was compared, and what cannot be known. */
export function agreement({ director, drift }: Bosh, { inventory }: Session): Saying {
  const here = hereOf(inventory);
  const unknown = drift.notes();
  if (director.state !== 'there') {
    const setting =
      'Name a Director as for the bosh CLI: BOSH_ENVIRONMENT, BOSH_CLIENT, BOSH_CLIENT_SECRET, BOSH_CA_CERT, or --environment.';
    return {
      title: 'Machines, their records, Services and disks agree.',
      advice: [
        `Compared: ${here}, at every change.`,
        ...unknown,
        director.state === 'broken' ? `The Director is not set up: ${director.reason}` : setting,
      ],
    };
  }
  const { info, freshness, instances, orphanDisks } = director.feed.view();
  const name = `Director ${info?.name ?? ''}`.trimEnd();
  if (freshness.state === 'syncing') return { title: `Reading the ${name} …`, role: 'dim', advice: [] };
  if (freshness.state === 'failed') {
    return {
      title: `The ${name} cannot be read.`,
      role: 'problem',
      advice: [freshness.reason, `Compared without it: ${here}.`, ...unknown],
    };
  }
  const orphans = orphanDisks === undefined ? '' : ` and ${counted(orphanDisks.length, 'orphaned disk')}`;
  return {
    title: 'BOSH and Kubernetes agree.',
    advice: [
      `Compared: ${counted(instances.length, 'instance')}${orphans} of the ${name} with ${here}, at every change of either side.`,
      'What only agents know (their state, the disks they have) is as old as it says above; f asks them all now.',
      ...unknown,
    ],
  };
}

function hereOf(inventory: Inventory): string {
  return `${counted(inventory.rows('machines').size, 'machine')} and ${counted(inventory.rows('disks').size, 'disk')} here`;
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;
}

import type { Claim } from '../kubernetes/objects.ts';
import { parseQuantity } from '../kubernetes/quantity.ts';
import { type AttachmentFacts, attachmentHealth } from './attachment.ts';
import { directorLabels } from './director-metadata.ts';
import type { Intern } from './intern.ts';
import type { Judged } from './machine.ts';
import type { Disk, DiskClass, DiskVolume, Health, Machine } from './model.ts';

/** What a claim tells: all that is kept of it. */
export interface ClaimFacts {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  readonly created: number;
  readonly size: number | undefined;
  readonly capacity: number | undefined;
  readonly storageClass: string | undefined;
  readonly phase: string;
  readonly volume: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** What a resize has come to, in the server's words. */
  readonly resizing: string | undefined;
}

export function claimFacts(claim: Claim, intern: Intern): ClaimFacts {
  const { metadata = {}, spec = {}, status = {} } = claim;
  const resizing = status.conditions?.find(({ type, status: now }) => /Resiz/.test(type ?? '') && now === 'True');
  return {
    uid: metadata.uid ?? '',
    name: metadata.name ?? '',
    namespace: intern(metadata.namespace ?? ''),
    created: Date.parse(metadata.creationTimestamp ?? '') || 0,
    size: bytesOf(spec.resources?.requests?.storage),
    capacity: bytesOf(status.capacity?.storage),
    storageClass: spec.storageClassName === undefined ? undefined : intern(spec.storageClassName),
    phase: metadata.deletionTimestamp === undefined ? (status.phase ?? 'Pending') : 'Terminating',
    volume: spec.volumeName,
    labels: directorLabels(claim, intern),
    resizing: resizing && (resizing.message ?? resizing.type),
  };
}

/** What else is known about a disk; undefined where that may not be read. */
export interface DiskJoins {
  /** Who has it. */
  readonly users: readonly Machine[];
  /** By which it comes to its machine, where that is not by the machine's own pod. */
  readonly attachment: AttachmentFacts | undefined;
  readonly class: DiskClass | undefined;
  readonly volume: DiskVolume | undefined;
  /** The last warning about it. */
  readonly warning: string | undefined;
}

/** @param now milliseconds since 1970 */
export function diskOf(claim: ClaimFacts, joins: DiskJoins, now: number): Judged<Disk> {
  const { resizing: _, ...facts } = claim;
  const user = joins.users.find(({ state }) => state !== 'Terminating') ?? joins.users[0];
  // a machine whose pod is being made anew keeps its disk
  const machine = user?.instance ?? joins.attachment?.vm;
  const row: Disk = {
    ...facts,
    ...judge(claim, joins, now),
    deployment: claim.labels.deployment,
    machine,
    machineUid: user?.uid,
    // where the machine's pod mounts it: what the agent is told as the disk's hint
    mounted: machine === undefined ? undefined : `/mnt/${claim.name}`,
    node: user?.node ?? joins.attachment?.node,
    orphan: machine === undefined,
  };
  const at = joins.attachment?.condition.turns?.at;
  return at === undefined || at <= now ? { row } : { row, due: at };
}

function judge(claim: ClaimFacts, joins: DiskJoins, now: number): JudgedDisk {
  const { users, attachment, class: storageClass, volume, warning } = joins;
  const problem = (reason: string): JudgedDisk => ({ health: 'problem', reason });
  const others = users.filter(({ state }) => state !== 'Terminating');
  if (others.length > 1)
    return problem(`Several machines have it: ${others.map(({ instance }) => instance).join(', ')}`);
  const attaching = attachment && attachmentHealth(attachment, now);
  // why a claim waits is with the pod it waits for
  if (attaching?.health === 'problem' && claim.phase !== 'Lost') return attaching;
  switch (claim.phase) {
    case 'Lost':
      return problem(`Its volume ${claim.volume ?? ''} is gone: the data on it may be lost`);
    case 'Terminating':
      if (others[0] === undefined) return { health: 'busy', reason: 'It is being deleted' };
      return problem(`It is deleted, and goes as soon as ${others[0].instance} lets go of it`);
    case 'Pending':
      if (warning !== undefined) return problem(warning);
      if (storageClass?.binding === 'WaitForFirstConsumer' && users.length === 0)
        return { health: 'ok', reason: undefined };
      return { health: 'busy', reason: 'It has no volume yet' };
  }
  if (volume?.phase === 'Failed') return problem(`Its volume failed: ${volume.reason ?? 'no reason given'}`);
  if (attaching?.health === 'busy') return attaching;
  if (claim.resizing !== undefined) return { health: 'busy', reason: `It is being resized: ${claim.resizing}` };
  return { health: 'ok', reason: undefined };
}

interface JudgedDisk {
  readonly health: Health;
  readonly reason: string | undefined;
}

function bytesOf(quantity: string | undefined): number | undefined {
  const bytes = parseQuantity(quantity);
  return bytes > 0 ? bytes : undefined;
}

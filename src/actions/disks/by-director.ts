import type { DirectorClient } from '../../director/client.ts';
import type { DirectorInstance } from '../../director/model.ts';
import { isNamed, labelOf, requireOwn, requireQuiet, scannedInstances } from '../director.ts';
import { RefusedError } from '../model.ts';
import type { Told } from '../told.ts';

/** A disk as a Director has it at one moment. */
export interface DirectorDisk {
  readonly director: DirectorClient;
  /** What the Director calls itself. */
  readonly directorName: string;
  /** As the Director names it. */
  readonly cid: string;
  /** It knows the disk, and no instance has it. */
  readonly orphaned: boolean;
  /** The instance that has it. */
  readonly owner: DirectorInstance | undefined;
}

/**
 * What a Director has of a disk; nothing but reads.
 * @param told what is written on the disk's claim
 * @throws RefusedError where it is another Director's, or a task is at work on its deployment
 */
export async function readDirectorDisk(
  given: DirectorClient | undefined,
  name: string,
  told: Told,
): Promise<DirectorDisk> {
  const director = await requireOwn(given, told, `Disk ${name}`);
  const { deployment } = told;
  if (deployment !== undefined) await requireQuiet(director, deployment);
  const [{ name: directorName }, orphans, instances] = await Promise.all([
    director.info(),
    director.orphanDisks(),
    deployment === undefined ? [] : instancesOf(director, deployment),
  ]);
  const orphan = orphans.find(({ cid }) => isNamed(cid, name));
  const owner = instances.find(({ scan }) => scan?.disks.some((cid) => isNamed(cid, name)));
  const cid = orphan?.cid ?? owner?.scan?.disks.find((each) => isNamed(each, name)) ?? name;
  return { director, directorName, cid, orphaned: orphan !== undefined, owner };
}

/** A deployment's instances; none where it has been deleted: its disks are orphans by then. */
async function instancesOf(director: DirectorClient, deployment: string): Promise<readonly DirectorInstance[]> {
  const all = await director.deployments();
  return all.some(({ name }) => name === deployment) ? await scannedInstances(director, deployment) : [];
}

/** @throws RefusedError unless an instance is stopped, so that nothing works with its disks */
export function requireStopped(instance: DirectorInstance): void {
  const label = labelOf(instance);
  const { scan, deployment } = instance;
  if (scan?.ignored) {
    throw new RefusedError(
      `${label} is ignored by its Director`,
      `bosh -d ${deployment} unignore ${label}, then again`,
    );
  }
  if (scan?.state === 'stopped' || scan?.state === 'detached') return;
  throw new RefusedError(
    `${label} is ${scan?.state ?? 'in an unknown state'}, and its disks change only while it is stopped`,
    `bosh -d ${deployment} stop ${label} --hard, then again`,
  );
}

/** How a Director knows a disk, a sentence; undefined where it does not, or is another disk's. */
export async function directorKnows(
  director: DirectorClient | undefined,
  name: string,
  told: Told,
): Promise<string | undefined> {
  if (director === undefined) return undefined;
  const own = (await director.info()).name;
  if (told.director !== undefined && told.director !== own) return undefined;
  const { owner, orphaned } = await readDirectorDisk(director, name, told);
  if (owner !== undefined) return `Director ${own} has disk ${name} as the disk of ${labelOf(owner)}`;
  return orphaned ? `Director ${own} lists disk ${name} among its orphans` : undefined;
}

import { parseCid } from '../bosh/cid.ts';
import type { DirectorClient, InstanceName } from '../director/client.ts';
import { isDenied } from '../director/errors.ts';
import type { DirectorInstance } from '../director/model.ts';
import type { TaskEvent } from '../director/tasks.ts';
import { RefusedError } from './model.ts';
import type { Told } from './told.ts';

/**
 * Waits for a task.
 * @param note hears what goes on in it
 * @throws Error with what the Director said, unless it ended well
 */
export async function awaitTask(director: DirectorClient, id: number, note: (text: string) => void): Promise<string> {
  note(`task ${id}`);
  const { state, result } = await director.followTask(id, (event) => note(`task ${id}: ${wordsOf(event)}`));
  if (state !== 'done') throw new Error(`task ${id} of the Director ended in ${state}: ${result}`);
  return `task ${id} done`;
}

function wordsOf(event: TaskEvent): string {
  if (event.kind !== 'step') return event.message;
  return [event.stage, event.task, event.state === 'failed' ? event.error : event.state].filter(Boolean).join(' ');
}

/** A deployment's instances, their agents asked. */
export async function scannedInstances(
  director: DirectorClient,
  deployment: string,
): Promise<readonly DirectorInstance[]> {
  const [instances, scanned] = await Promise.all([director.instances(deployment), director.scan(deployment)]);
  const scans = new Map(scanned.map(({ id, scan }) => [id, scan]));
  return instances.map((instance) => ({ ...instance, scan: scans.get(instance.id) }));
}

/** How the Director's paths name an instance. */
export function nameOf({ deployment, group, id }: DirectorInstance): InstanceName {
  return { deployment, group, id };
}

/** Asking agents changes nothing, and consoles do it all the time (cloudfoundry/bosh, jobs/vm_state.rb). */
const scanDescription = 'retrieve vm-stats';

/** @throws RefusedError when a task or a lock holds a deployment */
export async function requireQuiet(director: DirectorClient, deployment: string): Promise<void> {
  const [locks, tasks] = await Promise.all([director.locks().catch(noneWhereDenied), director.tasks()]);
  const task = tasks.find((each) => each.deployment === deployment && each.description !== scanDescription);
  const wait = (id: number | string) => `Wait until it is over (bosh task ${id}), then look again`;
  if (task !== undefined) {
    throw new RefusedError(
      `Task ${task.id} of ${task.user} (${task.description}) is at work on deployment ${deployment}`,
      wait(task.id),
    );
  }
  const lock = locks.find(({ type, resource }) => type === 'deployment' && resource.includes(deployment));
  if (lock !== undefined) {
    const holder = lock.task === undefined ? 'somebody' : `task ${lock.task}`;
    throw new RefusedError(`Deployment ${deployment} is locked by ${holder}`, wait(lock.task ?? ''));
  }
}

/** Who may not read locks is stopped by the Director's own lock. */
function noneWhereDenied(error: unknown): readonly [] {
  if (isDenied(error)) return [];
  throw error;
}

/** The Director, if what is meant is its own. @throws RefusedError */
export async function requireOwn(
  director: DirectorClient | undefined,
  told: Told,
  what: string,
): Promise<DirectorClient> {
  if (director === undefined) {
    throw new RefusedError(
      `${what} needs a Director, and none is configured`,
      'Set BOSH_ENVIRONMENT and its credentials',
    );
  }
  if (told.director === undefined) return director;
  const { name } = await director.info();
  if (told.director === name) return director;
  throw new RefusedError(
    `${what} belongs to Director ${told.director}, and this one is ${name}`,
    'Act with the environment of its own Director',
  );
}

/** An instance by its deployment, group and index or id. */
export async function findInstance(
  director: DirectorClient,
  { deployment, group, index, id }: Told,
): Promise<DirectorInstance | undefined> {
  if (deployment === undefined || group === undefined) return undefined;
  const all = await scannedInstances(director, deployment);
  return all.find((one) => one.group === group && (id !== undefined ? one.id === id : String(one.index) === index));
}

/** How a Director's instance is called. */
export function labelOf({ group, index }: DirectorInstance): string {
  return `${group}/${index}`;
}

/** Whether a Director's CID, with or without a context, is the object of a name. */
export function isNamed(cid: string, name: string): boolean {
  try {
    return parseCid(cid, 'disk').name === name;
  } catch {
    return false;
  }
}

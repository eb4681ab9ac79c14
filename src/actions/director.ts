import { parseCid } from '../bosh/cid.ts';
import type { DirectorInstance, DirectorLock, DirectorTask, OrphanDisk } from '../director/model.ts';
import { RefusedError } from './model.ts';
import type { Told } from './told.ts';

/** What a Director can be asked to do with one instance. */
export type InstanceAction = 'start' | 'stop' | 'restart' | 'recreate';

/** What `bosh cck` finds. */
export interface Problem {
  readonly id: number;
  readonly type: string;
  readonly description: string;
  readonly resolutions: readonly { readonly name: string; readonly plan: string }[];
}

/** What actions ask of a Director. What makes a task answers its id; a task is over when `followTask` answers. */
export interface ActingDirector {
  readonly name: string;
  deployments(): Promise<readonly string[]>;
  /** Its instances, their agents asked. */
  instances(deployment: string): Promise<readonly DirectorInstance[]>;
  /** Undefined where the user may not read them. */
  locks(): Promise<readonly DirectorLock[] | undefined>;
  tasks(): Promise<readonly DirectorTask[]>;
  orphanDisks(): Promise<readonly OrphanDisk[] | undefined>;
  orphanDisk(cid: string): Promise<number>;
  attachDisk(deployment: string, group: string, id: string, cid: string): Promise<number>;
  deleteDisk(cid: string): Promise<number>;
  deleteVm(cid: string): Promise<number>;
  changeInstance(
    action: InstanceAction,
    deployment: string,
    group: string,
    id: string,
    options: { readonly hard?: boolean },
  ): Promise<number>;
  scanProblems(deployment: string): Promise<number>;
  problems(deployment: string): Promise<readonly Problem[]>;
  resolveProblem(deployment: string, id: number, resolution: string): Promise<number>;
  /** @param note hears what goes on in it @returns its last state and result */
  followTask(id: number, note: (text: string) => void): Promise<{ readonly state: string; readonly result: string }>;
}

/**
 * Waits for a task.
 * @throws Error with what the Director said, unless it ended well
 */
export async function awaitTask(director: ActingDirector, id: number, note: (text: string) => void): Promise<string> {
  note(`task ${id}`);
  const { state, result } = await director.followTask(id, (text) => note(`task ${id}: ${text}`));
  if (state !== 'done') throw new Error(`task ${id} of the Director ended as ${state}: ${result}`);
  return `task ${id} done`;
}

/** @throws RefusedError when a task or a lock holds a deployment */
export async function requireQuiet(director: ActingDirector, deployment: string): Promise<void> {
  const [locks, tasks] = await Promise.all([director.locks(), director.tasks()]);
  const task = tasks.find((each) => each.deployment === deployment);
  const wait = (id: number | string) => `Wait until it is over (bosh task ${id}), then look again`;
  if (task !== undefined) {
    throw new RefusedError(
      `Task ${task.id} of ${task.user} (${task.description}) is at work on deployment ${deployment}`,
      wait(task.id),
    );
  }
  const lock = locks?.find(({ type, resource }) => type === 'deployment' && resource.includes(deployment));
  if (lock !== undefined) {
    const holder = lock.task === undefined ? 'somebody' : `task ${lock.task}`;
    throw new RefusedError(`Deployment ${deployment} is locked by ${holder}`, wait(lock.task ?? ''));
  }
}

/** The Director as actions have it, if what is meant is its own. @throws RefusedError */
export function requireOwn(director: ActingDirector | undefined, told: Told, what: string): ActingDirector {
  if (director === undefined) {
    throw new RefusedError(
      `${what} needs a Director, and none is configured`,
      'Set BOSH_ENVIRONMENT and its credentials',
    );
  }
  if (told.director === undefined || told.director === director.name) return director;
  throw new RefusedError(
    `${what} belongs to Director ${told.director}, and this one is ${director.name}`,
    'Act with the environment of its own Director',
  );
}

/** An instance by its deployment, group and index or id. */
export async function findInstance(
  director: ActingDirector,
  { deployment, group, index, id }: Told,
): Promise<DirectorInstance | undefined> {
  if (deployment === undefined || group === undefined) return undefined;
  const all = await director.instances(deployment);
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

import { randomUUID } from 'node:crypto';
import type { Backend } from './backend.ts';
import { DirectorError } from './error.ts';
import { createLocks, type Locks } from './locks.ts';
import type { Deployment, Instance, OrphanDisk, Stemcell } from './model.ts';
import type { Problem } from './problems.ts';
import { createTasks, type Job, type Task, type TaskRequest, type Tasks } from './tasks.ts';

export interface DirectorOptions {
  readonly backend: Backend;
  readonly name: string;
  readonly uuid?: string;
  /** Names the agent of an instance's next VM. */
  readonly agentId?: (instance: Instance) => string;
}

/** A Director without its API. */
export interface Director {
  readonly backend: Backend;
  readonly name: string;
  readonly uuid: string;
  readonly agentId: (instance: Instance) => string;
  readonly deployments: Map<string, Deployment>;
  readonly stemcells: Stemcell[];
  readonly orphans: Map<string, OrphanDisk>;
  /** Open ones alone. */
  readonly problems: Problem[];
  readonly tasks: Tasks;
  readonly locks: Locks;
  /** Counts disks and problems, as ids of a database do. */
  nextId(): number;
}

export function createDirector(options: DirectorOptions): Director {
  let ids = 0;
  return {
    backend: options.backend,
    name: options.name,
    uuid: options.uuid ?? randomUUID(),
    agentId: options.agentId ?? (() => randomUUID()),
    deployments: new Map(),
    stemcells: [],
    orphans: new Map(),
    problems: [],
    tasks: createTasks(),
    locks: createLocks(),
    nextId: () => ++ids,
  };
}

/** @throws DirectorError DeploymentNotFound */
export function findDeployment(director: Director, name: string): Deployment {
  const deployment = director.deployments.get(name);
  if (deployment === undefined) throw new DirectorError('DeploymentNotFound', `Deployment '${name}' doesn't exist`);
  return deployment;
}

/** @param which index or id @throws DirectorError InstanceNotFound */
export function findInstance({ name, instances }: Deployment, group: string, which: string): Instance {
  const found = instances.find((one) => one.group === group && (one.id === which || String(one.index) === which));
  if (found === undefined) throw new DirectorError('InstanceNotFound', `'${name}/${group}/${which}' doesn't exist`);
  return found;
}

export function instancesOf({ deployments }: Director): readonly Instance[] {
  return [...deployments.values()].flatMap(({ instances }) => instances);
}

/** How long a task waits for a deployment's lock; bosh-director, lib/bosh/director/lock_helper.rb. */
const LOCK_TIMEOUT_MS = 10_000;

/** Starts a task that holds its deployment's lock while it runs. */
export function enqueueLocked(
  director: Director,
  request: TaskRequest & { readonly deployment: string },
  job: Job,
): Task {
  const lock = lockOf(request.deployment);
  return director.tasks.enqueue(request, (work) => director.locks.hold(lock, work, LOCK_TIMEOUT_MS, () => job(work)));
}

export function lockOf(deployment: string): string {
  return `lock:deployment:${deployment}`;
}

/** The stemcells that a deployment's instances are made of. */
export function stemcellsOf({ instances }: Deployment): readonly Stemcell[] {
  return [...new Set(instances.map(({ plan }) => plan.stemcell))];
}

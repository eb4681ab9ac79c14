import { eventsAnswer, locksAnswer, problemsAnswer, taskAnswer, tasksAnswer } from './activity-answers.ts';
import {
  deploymentsAnswer,
  inactiveVmsAnswer,
  infoAnswer,
  instancesAnswer,
  orphanDisksAnswer,
  orphanVmsAnswer,
  stemcellsAnswer,
} from './answers.ts';
import type {
  DirectorDeployment,
  DirectorEvent,
  DirectorInfo,
  DirectorInstance,
  DirectorLock,
  DirectorProblem,
  DirectorStemcell,
  DirectorTask,
  InactiveVm,
  OrphanDisk,
  OrphanVm,
} from './model.ts';
import { type Change, createRequests, type RequestOptions } from './requests.ts';
import { readScan, type Scanned } from './scan.ts';
import type { DirectorTarget } from './target.ts';
import { followTask, type TaskEnd, type TaskEvent } from './tasks.ts';

/** An instance as the Director's paths name it. */
export interface InstanceName {
  readonly deployment: string;
  readonly group: string;
  /** Its UUID. */
  readonly id: string;
}

/** What is done to one instance alone: the deployment is not converged. */
export type InstanceAction =
  | { readonly name: 'start' }
  | { readonly name: 'restart' }
  /** `hard`: its VM is deleted, its disk stays (detached). */
  | { readonly name: 'stop'; readonly hard?: boolean }
  /** `unresponsive`: do not wait for an agent that is dead. */
  | { readonly name: 'recreate'; readonly unresponsive?: boolean };

/** Which events; all of it narrows. */
export interface EventFilter {
  readonly deployment?: string;
  /** `group/id`. */
  readonly instance?: string;
  readonly objectType?: string;
  readonly objectName?: string;
  /** Older than this event. */
  readonly beforeId?: string;
}

/**
 * One Director. Each function is one request, or one request and the following of its task; those that change something answer the number of the task they
 * made. All throw DirectorError, UnreachableError or CredentialError, or what their signal was aborted with.
 */
export interface DirectorClient {
  readonly target: DirectorTarget;
  info(signal?: AbortSignal): Promise<DirectorInfo>;
  deployments(signal?: AbortSignal): Promise<readonly DirectorDeployment[]>;
  /** The Director's record, without asking agents. */
  instances(deployment: string, signal?: AbortSignal): Promise<readonly DirectorInstance[]>;
  /** The VMs of instances that are not, or no longer, theirs. */
  inactiveVms(deployment: string, signal?: AbortSignal): Promise<readonly InactiveVm[]>;
  orphanDisks(signal?: AbortSignal): Promise<readonly OrphanDisk[]>;
  orphanVms(signal?: AbortSignal): Promise<readonly OrphanVm[]>;
  locks(signal?: AbortSignal): Promise<readonly DirectorLock[]>;
  stemcells(): Promise<readonly DirectorStemcell[]>;
  /** At most 200, the latest first. */
  events(filter?: EventFilter): Promise<readonly DirectorEvent[]>;

  /** Those that are not over, of all kinds. */
  tasks(signal?: AbortSignal): Promise<readonly DirectorTask[]>;
  /** The latest, over or not. */
  recentTasks(limit: number, signal?: AbortSignal): Promise<readonly DirectorTask[]>;
  task(id: number): Promise<TaskEnd>;
  /** Asks it to stop at its next checkpoint. */
  cancelTask(id: number): Promise<void>;
  /** Waits for its end; the signal ends the waiting, not the task. */
  followTask(id: number, onEvent: (event: TaskEvent) => void, signal?: AbortSignal): Promise<TaskEnd>;

  /** Asks the agents of a deployment: a task of some seconds. */
  scan(deployment: string, signal?: AbortSignal): Promise<readonly Scanned[]>;
  /** Cloud check: looks for problems, which `problems` then lists. Takes the deployment's lock, or fails at once. */
  scanProblems(deployment: string): Promise<number>;
  /** What the last cloud check found. */
  problems(deployment: string): Promise<readonly DirectorProblem[]>;
  /** @param resolutions by problem; null: the Director's own choice */
  resolveProblems(deployment: string, resolutions: ReadonlyMap<number, string | null>): Promise<number>;

  /** Moves a disk to the orphans in the Director's books alone: nothing is unmounted or detached. */
  orphanDisk(cid: string): Promise<number>;
  /** Gives a disk, with its size and properties, to an instance that is stopped; the disk it had becomes an orphan. */
  attachDisk(instance: InstanceName, cid: string): Promise<number>;
  /** Deletes an orphan for good. */
  deleteDisk(cid: string): Promise<number>;
  deleteVm(cid: string): Promise<number>;
  act(instance: InstanceName, action: InstanceAction): Promise<number>;
  close(): void;
}

export interface ConnectOptions extends RequestOptions {
  /** Pause between two looks at a task, in milliseconds; the CLI's half second when omitted. */
  readonly taskWaitMs?: number;
}

/** Connects to a Director. No I/O until the first call. */
export function connectDirector(target: DirectorTarget, options: ConnectOptions = {}): DirectorClient {
  const requests = createRequests(target, options);
  const { taskWaitMs = 500 } = options;
  const { read, start } = requests;

  const follow: DirectorClient['followTask'] = (id, onEvent, signal) =>
    followTask(requests, id, taskWaitMs, onEvent, signal);

  return {
    target,
    info: (signal) => read('/info', infoAnswer, signal),
    deployments: (signal) => read(deploymentsPath, deploymentsAnswer, signal),
    instances: (deployment, signal) => read(`${pathOf(deployment)}/instances`, instancesAnswer(deployment), signal),
    inactiveVms: (deployment, signal) => read(`${pathOf(deployment)}/vms`, inactiveVmsAnswer(deployment), signal),
    orphanDisks: (signal) => read('/disks', orphanDisksAnswer, signal),
    orphanVms: (signal) => read('/orphaned_vms', orphanVmsAnswer, signal),
    locks: (signal) => read('/locks', locksAnswer, signal),
    stemcells: () => read('/stemcells', stemcellsAnswer),
    events: (filter = {}) => read(`/events${query(eventQuery(filter))}`, eventsAnswer),

    tasks: (signal) =>
      read(`/tasks${query({ state: 'processing,cancelling,queued', verbose: '2' })}`, tasksAnswer, signal),
    recentTasks: (limit, signal) => read(`/tasks${query({ limit: String(limit), verbose: '2' })}`, tasksAnswer, signal),
    task: (id) => read(`/tasks/${id}`, taskAnswer),
    cancelTask: (id) => requests.send({ method: 'DELETE', path: `/task/${id}` }),
    followTask: follow,

    async scan(deployment, signal) {
      const id = await start({
        method: 'GET',
        path: `${pathOf(deployment)}/instances?format=full`,
        ...(signal && { signal }),
      });
      return await readScan(requests, await follow(id, () => {}, signal), signal);
    },
    scanProblems: (deployment) => start({ method: 'POST', path: `${pathOf(deployment)}/scans`, headers: json }),
    problems: (deployment) => read(`${pathOf(deployment)}/problems`, problemsAnswer),
    resolveProblems(deployment, resolutions) {
      const body = JSON.stringify({ resolutions: Object.fromEntries(resolutions) });
      return start({ method: 'PUT', path: `${pathOf(deployment)}/problems`, headers: json, body });
    },

    orphanDisk: (cid) => start({ method: 'DELETE', path: `/disks/${segment(cid)}?orphan=true` }),
    attachDisk({ deployment, group, id }, cid) {
      // without `copy` the Director's record gets size 1 and no properties, and the next deploy moves the data to a new disk
      const attachment = query({ deployment, disk_properties: 'copy', instance_id: id, job: group });
      return start({ method: 'PUT', path: `/disks/${segment(cid)}/attachments${attachment}` });
    },
    deleteDisk: (cid) => start({ method: 'DELETE', path: `/disks/${segment(cid)}` }),
    deleteVm: (cid) => start({ method: 'DELETE', path: `/vms/${segment(cid)}` }),
    act: (instance, action) => start(actionRequest(instance, action)),
    close: requests.close,
  };
}

const json = { 'Content-Type': 'application/json' };
const deploymentsPath = '/deployments?exclude_configs=true&exclude_releases=true&exclude_stemcells=true';

function actionRequest({ deployment, group, id }: InstanceName, action: InstanceAction): Change {
  const hard = action.name === 'stop' && action.hard === true;
  const unresponsive = action.name === 'recreate' && action.unresponsive === true;
  const options = { ...(hard && { hard: 'true' }), ...(unresponsive && { ignore_unresponsive_agent: 'true' }) };
  const path = `${pathOf(deployment)}/instance_groups/${segment(group)}/${segment(id)}/actions/${action.name}`;
  return { method: 'POST', path: path + query(options), headers: { 'Content-Type': 'text/yaml' } };
}

function eventQuery(filter: EventFilter): Readonly<Record<string, string | undefined>> {
  const { beforeId, deployment, instance, objectName, objectType } = filter;
  return { before_id: beforeId, deployment, instance, object_name: objectName, object_type: objectType };
}

function pathOf(deployment: string): string {
  return `/deployments/${segment(deployment)}`;
}

/** The CLI leaves these as they are; a CID of a context has a colon. */
function segment(name: string): string {
  return encodeURIComponent(name).replace(/%(?:24|26|2B|3A|3D|40)/g, decodeURIComponent);
}

function query(values: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

import { createHash, randomBytes } from 'node:crypto';
import type { V1Container } from '@kubernetes/client-node/dist/gen/models/V1Container.js';
import type { V1ContainerStatus } from '@kubernetes/client-node/dist/gen/models/V1ContainerStatus.js';
import { timestamp } from '../../api/object.ts';
import type { Shift } from '../../backdate.ts';
import { type ContainerLog, createContainerLog } from './container-log.ts';
import { createMachine, type Machine, type MachineFacts } from './machine.ts';

/** A container as it stands. */
export interface RunningContainer {
  readonly name: string;
  readonly image: string;
  id: string;
  startedAt: string;
  restartCount: number;
  /** The startup probe succeeded, or there is none. */
  started: boolean;
  state: 'running' | 'exited';
  exitCode: number;
  last: { id: string; startedAt: string; finishedAt: string; exitCode: number } | undefined;
  machine: Machine;
  /** Whose agent talks in its log, if one does. */
  readonly speaker: string | undefined;
  log: ContainerLog;
  /** Of the life before the last restart. */
  previousLog: ContainerLog | undefined;
}

/** A pod on this node. */
export interface PodRuntime {
  readonly uid: string;
  readonly ip: string;
  startTime: string;
  readonly containers: Map<string, RunningContainer>;
  /** Why containers do not run yet, by container: the `waiting` state. */
  waiting: { reason: string; message?: string } | undefined;
  /** Images are there. */
  pulled: boolean;
  initialized: boolean;
  stopping: boolean;
  /** The status last reported, as JSON. */
  reported: string | undefined;
}

export function createRuntime(uid: string, ip: string): PodRuntime {
  return {
    uid,
    ip,
    startTime: timestamp(),
    containers: new Map(),
    waiting: { reason: 'ContainerCreating' },
    pulled: false,
    initialized: false,
    stopping: false,
    reported: undefined,
  };
}

/** What a container has from its pod. */
export interface ContainerSetting {
  /** Whose agent talks in its log; undefined for silence. */
  readonly speaker: string | undefined;
  readonly facts: () => MachineFacts;
  readonly onReboot: () => void;
}

/** Starts a container that has not run in this pod. */
export function startContainer(
  container: V1Container,
  { speaker, facts, onReboot }: ContainerSetting,
): RunningContainer {
  const id = newId();
  const started: RunningContainer = {
    name: container.name,
    image: container.image ?? '',
    id,
    startedAt: timestamp(),
    restartCount: 0,
    started: container.startupProbe === undefined,
    state: 'running',
    exitCode: 0,
    last: undefined,
    machine: createMachine({ reboot: onReboot, facts, log: () => started.log }),
    speaker,
    log: begin(speaker, 'started'),
    previousLog: undefined,
  };
  return started;
}

function begin(speaker: string | undefined, how: string): ContainerLog {
  const log = createContainerLog(speaker, Date.now());
  log.append(`toy machine ${how}`);
  return log;
}

/** A container that ran before this kubelet did, from its pod's status: a kubelet that was restarted finds its containers running. */
export function adoptContainer(
  container: V1Container,
  setting: ContainerSetting,
  status: V1ContainerStatus,
): RunningContainer {
  const startedAt = String(status.state?.running?.startedAt);
  return Object.assign(startContainer(container, setting), {
    id: status.containerID ?? '',
    startedAt,
    restartCount: status.restartCount,
    started: true,
    log: createContainerLog(setting.speaker, Date.parse(startedAt)),
  });
}

/** Moves the times of a pod's life here. */
export function backdateRuntime(runtime: PodRuntime, shift: Shift): void {
  runtime.startTime = shift(runtime.startTime);
  for (const container of runtime.containers.values()) {
    const { last } = container;
    container.startedAt = shift(container.startedAt);
    if (last !== undefined) {
      container.last = { ...last, startedAt: shift(last.startedAt), finishedAt: shift(last.finishedAt) };
    }
    container.log.backdate(shift);
    container.previousLog?.backdate(shift);
  }
}

/** Ends a container and starts it again in the same pod: volumes stay, the container is a new one. */
export function restartContainer(container: RunningContainer, hasProbe: boolean, exitCode: number): void {
  container.last = { id: container.id, startedAt: container.startedAt, finishedAt: timestamp(), exitCode };
  container.id = newId();
  container.startedAt = timestamp();
  container.restartCount += 1;
  container.started = !hasProbe;
  container.log.end();
  container.previousLog = container.log;
  container.log = begin(container.speaker, 'restarted');
}

function newId(): string {
  return `containerd://${randomBytes(32).toString('hex')}`;
}

/** The digest a registry would give; the same image name always has the same one. */
export function imageId(image: string): string {
  if (/@sha256:[0-9a-f]{64}$/.test(image)) return image;
  const repository = image.replace(/:[^/:]*$/, '');
  return `${repository}@sha256:${createHash('sha256').update(image).digest('hex')}`;
}

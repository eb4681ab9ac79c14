import { type AttachmentFacts, attachmentHealth } from './attachment.ts';
import type { ClusterNode, Health, Machine, MachineService } from './model.ts';
import { conditionAt } from './pod-condition.ts';
import type { PodFacts } from './pod-facts.ts';

/** What else is known about a machine; undefined where that may not be read, or is not read yet. */
export interface MachineJoins {
  readonly node: ClusterNode | undefined;
  /** Whether its record is there. */
  readonly hasRecord: boolean | undefined;
  readonly services: readonly MachineService[] | undefined;
  /** By which disks come to it. */
  readonly attachments: readonly AttachmentFacts[];
  /** The last warning about it that was repeated. */
  readonly warning: string | undefined;
}

/** A row, and when it must be looked at again though nothing changes. */
export interface Judged<R> {
  readonly row: R;
  readonly due?: number;
}

/** @param now milliseconds since 1970 */
export function machineOf(pod: PodFacts, joins: MachineJoins, now: number): Judged<Machine> {
  const { condition, addresses, record, generation, otherLabels, ...facts } = pod;
  const address = addressOf(pod, joins.services);
  const { health, reason, due } = judge(pod, joins, address, now);
  const row: Machine = {
    ...facts,
    disks: [...facts.disks, ...joins.attachments.map(({ claim }) => claim)],
    health,
    reason,
    address,
    podAddress: addresses[0],
    zone: joins.node?.zone,
  };
  return due === undefined ? { row } : { row, due };
}

/** The promised address where the machine has it, itself or by a Service of its own; else whatever its pod has. */
function addressOf({ promised, addresses }: PodFacts, services: readonly MachineService[] | undefined) {
  const wanted = promised?.split(',') ?? [];
  const held = new Set([...addresses, ...(services ?? []).flatMap((service) => service.addresses)]);
  if (wanted.length > 0 && wanted.every((one) => held.has(one))) return promised;
  return addresses[0];
}

interface Judgement {
  readonly health: Health;
  readonly reason: string | undefined;
  readonly due?: number;
}

function judge(pod: PodFacts, joins: MachineJoins, address: string | undefined, now: number): Judgement {
  const { condition, promised } = pod;
  const { turns } = condition;
  const { health, reason } = conditionAt(condition, now);
  if (health === 'problem') return { health, reason };
  if (joins.node?.ready === false) return { health: 'problem', reason: `Its node ${joins.node.name} is not ready` };
  if (health === 'busy') {
    if (joins.warning !== undefined && pod.state !== 'Terminating') return { health: 'problem', reason: joins.warning };
    return { health, reason, ...(turns && { due: turns.at }) };
  }
  const attaching = joins.attachments
    .map((one) => attachmentHealth(one, now))
    .find(({ health }) => health === 'problem');
  if (attaching !== undefined) return attaching;
  if (joins.hasRecord === false) {
    return { health: 'problem', reason: 'It has no record: the next call for it will not find it' };
  }
  if (joins.services !== undefined && promised !== undefined && address !== promised) {
    return { health: 'problem', reason: `It answers on ${address ?? 'no address'}, BOSH was promised ${promised}` };
  }
  return { health: 'ok', reason: undefined };
}

/** How long a record may be without its pod: a machine is being made, or made anew. */
const missingMs = 180_000;

/** What is known of a record whose pod is missing. */
export interface RecordFacts {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  readonly agentId: string;
  readonly created: number;
}

/** A machine that has a record and no pod. @param since when its pod was first missed */
export function machineWithoutPod(record: RecordFacts, since: number, now: number): Judged<Machine> {
  const late = now >= since + missingMs;
  const row: Machine = {
    ...record,
    health: late ? 'problem' : 'busy',
    reason: late
      ? 'It has a record and no pod: a call for it was cut short; recreate or delete the VM by BOSH, which finishes it'
      : 'Its pod is being made anew',
    deployment: undefined,
    instance: record.name,
    state: 'No pod',
    ready: false,
    restarts: 0,
    promised: undefined,
    address: undefined,
    podAddress: undefined,
    node: undefined,
    zone: undefined,
    stemcell: undefined,
    disks: [],
    labels: {},
  };
  return late ? { row } : { row, due: since + missingMs };
}

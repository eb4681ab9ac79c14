import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import type { V1Secret } from '@kubernetes/client-node/dist/gen/models/V1Secret.js';
import { CloudError } from '../bosh/cloud-error.ts';
import { agentIdLabel, managedByLabels } from '../bosh/labels.ts';
import type { AttachStrategyName, Session } from '../bosh/session.ts';
import { isConflict, isNotFound } from '../kubernetes/errors.ts';
import type { AgentState } from './agent-state.ts';

/**
 * What should be true of a VM, kept in a Secret of the VM's name from before its pod exists until after everything of it is gone.
 *
 * Every call writes here first and then makes the cluster follow (see converge.ts), so a call that was killed at any moment is finished by the next one.
 */
export interface VmRecord {
  readonly version: 1;
  readonly agentId: string;
  /** SHA-256 of create_vm's arguments: the same call again adopts what it finds, another one replaces it. */
  readonly request: string;
  readonly phase: 'creating' | 'running' | 'recreating' | 'deleting';
  /** Raised with every change that needs a new pod; a pod carries the generation it was made from. */
  readonly generation: number;
  /** The machine without its disks: labels, annotations and spec of its pod. */
  readonly pod: { readonly metadata: NonNullable<V1Pod['metadata']>; readonly spec: NonNullable<V1Pod['spec']> };
  /** How the machine gets its disks; a record without it is older than hotplug. */
  readonly attach?: AttachStrategyName;
  /** Persistent disks of the machine, in the order they came. */
  readonly disks: readonly RecordedDisk[];
  /** Services of this VM alone. */
  readonly services: readonly string[];
  /** Services it shares with others. */
  readonly sharedServices: readonly string[];
  /** Claim of the ephemeral disk, where it has one. */
  readonly ephemeralClaim?: string;
  /** Claims whose detach_disk has begun: the same call again goes on with it. */
  readonly leaving?: readonly string[];
  /** `env.bosh.group` as a label value. */
  readonly group?: string;
}

export interface RecordedDisk {
  /** As the caller names it: the agent's files speak of it by this name. */
  readonly cid: string;
  readonly claim: string;
  /** The node where its attachment has mounted it: a mount may be left there should the attachment be killed. */
  readonly node?: string;
}

/** A record as stored: with what a writer must hand back. */
export interface StoredRecord {
  readonly record: VmRecord;
  /** UID of the Secret: owner of everything that belongs to the VM. */
  readonly uid: string;
  /** Files of the agent that survive a recreation. */
  readonly agentState: AgentState;
  readonly secret: V1Secret;
}

/** Key of the record inside its Secret; all other keys are files that the machine sees. */
const recordKey = 'record.json';
/** Prefix of saved agent state among the Secret's keys. */
const stateKeys = ['update_settings.json', 'records.json', 'persistent_disk_hints.json', 'managed_disk_settings.json'];

/** The record of a VM, or undefined. */
export async function readRecord(session: Session, vm: string): Promise<StoredRecord | undefined> {
  const { core, namespace } = session.cluster;
  try {
    return stored(await core.readNamespacedSecret({ name: vm, namespace }));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** The record of a VM that is to stay. @throws CloudError VMNotFound where there is none, or its deletion has begun */
export async function requireRecord(session: Session, vm: string): Promise<StoredRecord> {
  const found = await readRecord(session, vm);
  if (found === undefined) {
    throw new CloudError('VMNotFound', `VM ${vm} does not exist in namespace ${session.cluster.namespace}`);
  }
  if (found.record.phase === 'deleting') throw beingDeleted(vm);
  return found;
}

/** What a call hears that comes to a VM on its way out. */
export function beingDeleted(vm: string): CloudError {
  return new CloudError('VMNotFound', `VM ${vm} is being deleted`);
}

/**
 * Writes a new record.
 * @param files what the machine sees: settings and scripts
 * @throws ApiError AlreadyExists when there is one
 */
export async function createRecord(
  session: Session,
  vm: string,
  record: VmRecord,
  files: Readonly<Record<string, string>>,
): Promise<StoredRecord> {
  const { core, namespace } = session.cluster;
  const secret: V1Secret = {
    metadata: { name: vm, namespace, labels: { ...managedByLabels, [agentIdLabel]: record.agentId } },
    type: 'bosh.cloudfoundry.org/vm',
    data: encode({ ...files, [recordKey]: JSON.stringify(record) }),
  };
  return stored(await core.createNamespacedSecret({ namespace, body: secret }));
}

/**
 * Changes a record under its resourceVersion; when another process was faster, reads again and asks for the change again.
 * @param change the new record (and agent state, where it changes too), or undefined to leave all as it is
 * @param known the record as just read, which spares reading it
 * @returns the record as it now is
 * @throws CloudError VMNotFound when there is no record
 */
export async function updateRecord(
  session: Session,
  vm: string,
  change: (current: StoredRecord) => { record: VmRecord; agentState?: AgentState } | undefined,
  known?: StoredRecord,
): Promise<StoredRecord> {
  const { core, namespace } = session.cluster;
  for (let attempt = 0; ; attempt++) {
    const current = attempt === 0 && known !== undefined ? known : await readRecord(session, vm);
    if (current === undefined) throw new CloudError('VMNotFound', `VM ${vm} does not exist in namespace ${namespace}`);
    const changed = change(current);
    if (changed === undefined) return current;
    const data: Record<string, string> = { ...current.secret.data };
    Object.assign(data, encode({ [recordKey]: JSON.stringify(changed.record) }));
    if (changed.agentState !== undefined) {
      for (const key of stateKeys) delete data[key];
      Object.assign(data, encode(changed.agentState));
    }
    try {
      const body = { ...current.secret, data };
      return stored(await core.replaceNamespacedSecret({ name: vm, namespace, body }));
    } catch (error) {
      // a record that is gone is found missing when it is read again
      if (!(isConflict(error) || isNotFound(error)) || attempt >= 30) throw error;
      session.log(`record ${vm} was changed by another call, reading it again`);
      await sleep(Math.random() * 20 * (attempt + 1));
    }
  }
}

/** Removes a record, if it is still the one that was read. Nothing may be left that it owns. */
export async function deleteRecord(session: Session, vm: string, uid: string): Promise<void> {
  const { core, namespace } = session.cluster;
  for (let attempt = 0; ; attempt++) {
    try {
      await core.deleteNamespacedSecret({ name: vm, namespace, body: { preconditions: { uid } } });
      return;
    } catch (error) {
      if (isNotFound(error)) return;
      if (!isConflict(error) || attempt >= 5) throw error;
    }
    // a conflict as a rule means another record of the name; only then the one meant is gone
    if ((await readRecord(session, vm))?.uid !== uid) return;
  }
}

/** The record with other disks. Those that go stay known as leaving, so that a detach that was cut short is not mistaken for one that never began. */
export function withDisks(record: VmRecord, disks: readonly RecordedDisk[]): VmRecord {
  const has = (claim: string) => disks.some((disk) => disk.claim === claim);
  const known = [...(record.leaving ?? []), ...record.disks.map(({ claim }) => claim)];
  return { ...record, disks, leaving: [...new Set(known)].filter((claim) => !has(claim)) };
}

/** Disks without one of them. */
export function without(disks: readonly RecordedDisk[], { claim }: RecordedDisk): readonly RecordedDisk[] {
  return disks.filter((disk) => disk.claim !== claim);
}

/** Makes an object belong to a VM: it goes when the record goes, also when nobody is left to delete it. */
export function ownedBy(vm: string, uid: string) {
  return { apiVersion: 'v1', kind: 'Secret', name: vm, uid };
}

function stored(secret: V1Secret): StoredRecord {
  const vm = secret.metadata?.name ?? '';
  const text = secret.data?.[recordKey];
  if (text === undefined) {
    throw new CloudError('CloudError', `Secret ${vm} has no ${recordKey}: it was not made by this CPI, or was damaged`);
  }
  const agentState: Record<string, string> = {};
  for (const key of stateKeys) {
    const value = secret.data?.[key];
    if (value !== undefined) agentState[key] = decode(value);
  }
  return { record: JSON.parse(decode(text)) as VmRecord, uid: secret.metadata?.uid ?? '', agentState, secret };
}

function encode(files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([key, text]) => [key, Buffer.from(text).toString('base64')]));
}

function decode(text: string): string {
  return Buffer.from(text, 'base64').toString();
}

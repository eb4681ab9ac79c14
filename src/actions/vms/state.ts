import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import { hasRunningContainer } from '../../vm/readiness.ts';
import { readRecord, type StoredRecord } from '../../vm/record.ts';
import { isNamed, requireQuiet, scannedInstances } from '../director.ts';
import type { ObjectRef } from '../event.ts';
import { RefusedError } from '../model.ts';
import { type Kubernetes, readObject } from '../read.ts';
import { type ActionSite, sessionOf } from '../site.ts';
import { type ActionSubject, podRef } from '../subject.ts';
import { instanceLabel, type Told, toldOf } from '../told.ts';

export interface Pod extends Kubernetes {
  readonly status?: V1Pod['status'];
}

/** A machine as the cluster has it at one moment. */
export interface VmState {
  readonly vm: string;
  readonly namespace: string;
  readonly label: string;
  readonly told: Told;
  readonly pod: Pod | undefined;
  readonly record: StoredRecord | undefined;
  readonly about: ObjectRef;
}

export function podPath(namespace: string, name: string): string {
  return `/api/v1/namespaces/${namespace}/pods/${name}`;
}

/**
 * Reads a machine: its pod and its record.
 * @throws RefusedError when there is neither, it is another one than meant, or a Director is at work on its deployment
 */
export async function readVm(site: ActionSite, subject: ActionSubject): Promise<VmState> {
  const { namespace, name: vm, uid } = subject;
  const [pod, record] = await Promise.all([
    readObject<Pod>(site.cluster, podPath(namespace, vm)),
    readRecord(sessionOf(site, namespace), vm),
  ]);
  if (pod === undefined && record === undefined) {
    throw new RefusedError(
      `There is no VM ${vm} in namespace ${namespace}`,
      'kubernetes-cpi vms lists the VMs there are',
    );
  }
  if (uid !== undefined && pod !== undefined && pod.metadata.uid !== uid && record?.uid !== uid) {
    throw new RefusedError(`VM ${vm} has another pod meanwhile`, 'Look again at what there is');
  }
  const told = toldOf(pod ?? { metadata: annotationsOf(record) });
  const deployment = told.deployment ?? subject.deployment;
  if (site.director !== undefined && deployment !== undefined) await requireQuiet(site.director, deployment);
  return {
    vm,
    namespace,
    label: instanceLabel(told, subject.label ?? vm),
    told,
    pod,
    record,
    about: podRef({ namespace, name: vm, uid: pod?.metadata.uid }),
  };
}

/** The metadata a record gives to its pod. */
function annotationsOf(record: StoredRecord | undefined) {
  return { annotations: record?.record.pod.metadata.annotations ?? {} };
}

/** Whether the machine's container runs. @throws RefusedError unless it does */
export function requireRunning({ pod, label, vm }: VmState): Pod {
  if (pod !== undefined && hasRunningContainer(pod) && pod.metadata.deletionTimestamp === undefined) return pod;
  throw new RefusedError(`${label} does not run (VM ${vm})`, 'Finish or recreate it instead');
}

/** The instance whose VM a Director takes this for; undefined where it knows none. */
export async function instanceOfVm({ director }: ActionSite, vm: string, deployment: string | undefined) {
  if (director === undefined || deployment === undefined) return undefined;
  const known = await director.deployments();
  if (!known.some(({ name }) => name === deployment)) return undefined;
  const all = await scannedInstances(director, deployment);
  return all.find(({ cid }) => cid !== undefined && isNamed(cid, vm));
}

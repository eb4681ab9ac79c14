import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import { agentIdLabel } from '../bosh/labels.ts';
import type { Session } from '../bosh/session.ts';
import { isNotFound } from '../kubernetes/errors.ts';
import { readRecord } from './record.ts';

/**
 * Whether a VM exists: its pod lives, or its record says that a recreation was cut short, which the next call finishes.
 * A pod that has ended is no VM: cloud-check then makes a new one.
 */
export async function vmExists(session: Session, vm: string): Promise<boolean> {
  const pod = await readRawPod(session, vm);
  const phase = pod?.status?.phase;
  const alive = pod?.metadata?.deletionTimestamp === undefined && phase !== 'Failed' && phase !== 'Succeeded';
  if (pod?.metadata?.labels?.[agentIdLabel] !== undefined && alive) return true;
  return (await readRecord(session, vm))?.record.phase === 'recreating';
}

/** As the server sent it: this is what cloud-check asks of every machine, and loading the generated API would be most of the call. */
async function readRawPod(session: Session, vm: string): Promise<V1Pod | undefined> {
  const path = `/api/v1/namespaces/${session.cluster.namespace}/pods/${vm}`;
  try {
    return await session.cluster.json<V1Pod>({ method: 'GET', path });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

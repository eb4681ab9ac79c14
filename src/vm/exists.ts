import { agentIdLabel } from '../bosh/labels.ts';
import type { Session } from '../bosh/session.ts';
import { readPod } from './converge.ts';
import { readRecord } from './record.ts';

/**
 * Whether a VM exists: its pod lives, or its record says that a recreation was cut short, which the next call finishes.
 * A pod that has ended is no VM: cloud-check then makes a new one.
 */
export async function vmExists(session: Session, vm: string): Promise<boolean> {
  const pod = await readPod(session, vm);
  const phase = pod?.status?.phase;
  const alive = pod?.metadata?.deletionTimestamp === undefined && phase !== 'Failed' && phase !== 'Succeeded';
  if (pod?.metadata?.labels?.[agentIdLabel] !== undefined && alive) return true;
  return (await readRecord(session, vm))?.record.phase === 'recreating';
}

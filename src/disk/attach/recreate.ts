import type { AttachStrategyName, Session } from '../../bosh/session.ts';
import { carryState, readAgentState } from '../../vm/agent-state.ts';
import { converge, dryRunPod, readPod } from '../../vm/converge.ts';
import {
  beingDeleted,
  type RecordedDisk,
  requireRecord,
  updateRecord,
  type VmRecord,
  withDisks,
  without,
} from '../../vm/record.ts';
import type { AttachStrategy } from './strategy.ts';

/**
 * Strategy `recreate`: a new pod with other volumes in the place of the old one. Kubernetes lets nobody change the volumes of a pod. It also is the way of a
 * machine from one strategy to the other.
 *
 * The order loses nothing whenever the call is killed: the agent's files are saved and the new pod is tried out first, then one write to the record says
 * what shall be; only then the old pod goes, and whoever comes next finishes.
 */
export function recreate(attach: AttachStrategyName): AttachStrategy {
  return {
    attach: (session, vm, disk) => changeDisks(session, vm, attach, (disks) => [...without(disks, disk), disk]),
    detach: (session, vm, disk) => changeDisks(session, vm, attach, (disks) => without(disks, disk)),
  };
}

async function changeDisks(
  session: Session,
  vm: string,
  attach: AttachStrategyName,
  change: (disks: readonly RecordedDisk[]) => readonly RecordedDisk[],
): Promise<void> {
  const next = (record: VmRecord): VmRecord => ({
    // where an attachment had a disk says nothing of the new pod
    ...withDisks(
      record,
      change(record.disks).map(({ cid, claim }) => ({ cid, claim })),
    ),
    attach,
    generation: record.generation + 1,
    phase: 'recreating',
  });
  const stored = await requireRecord(session, vm);
  // a change that the API server refuses must leave no trace
  await dryRunPod(session, vm, stored.uid, next(stored.record));
  const pod = await readPod(session, vm);
  const read = pod === undefined ? {} : await readAgentState(session, pod);
  await updateRecord(session, vm, ({ record, agentState }) => {
    if (record.phase === 'deleting') throw beingDeleted(vm);
    const changed = next(record);
    // another call for the same disk was here first
    if (changed.disks.length === record.disks.length) return undefined;
    return { record: changed, agentState: carryState(agentState, read, changed.disks) };
  });
  session.log(`recreating pod ${vm} with other disks`);
  await converge(session, vm);
}

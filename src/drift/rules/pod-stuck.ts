import { conditionAt } from '../../inventory/pod-condition.ts';
import type { RepairName } from '../model.ts';
import type { Rule, VmCase } from '../rule.ts';

/** Both sides have the machine, but its pod does not get on by itself. */
export const podStuck: Rule<VmCase> = {
  name: 'pod-stuck',
  director: 'useful',
  holdMs: 5000,
  look({ now, name, vm, bosh }) {
    const { pod } = vm;
    if (pod === undefined) return [];
    const { health, reason = '' } = conditionAt(pod.condition, now);
    if (health !== 'problem') return [];
    // what no Director has is told as such
    if (bosh !== undefined && bosh.instance === undefined) return [];
    const isLeaving = pod.state === 'Terminating';
    return [
      {
        severity: isLeaving ? 'medium' : 'high',
        title: isLeaving ? 'pod does not go' : 'pod does not run',
        expected: isLeaving ? 'gone' : 'Running',
        actual: pod.state,
        sides: [
          {
            source: 'Director record',
            value: bosh?.instance?.cid ?? '–',
            note: bosh === undefined ? 'not known without a Director' : bosh.scan?.jobState,
          },
          { source: 'pod', value: pod.state, note: reason },
        ],
        explanation: [
          `Pod ${name}: ${reason}.`,
          isLeaving
            ? 'Until it is gone no pod takes its place. It is not forced away: where its node still runs it, its disks would be written to twice.'
            : 'The agent of this machine is not there, and the Director sees no more than that.',
        ],
        repairs: repairsFor(pod.state, isLeaving),
      },
    ];
  },
};

function repairsFor(state: string, isLeaving: boolean): readonly RepairName[] {
  if (isLeaving) return [];
  if (/CrashLoopBackOff|Error|Running/.test(state)) return ['reboot-vm', 'recreate-instance'];
  if (/Evicted|Failed|Completed|Succeeded/.test(state)) return ['finish-vm', 'recreate-instance'];
  // an image or a node that is not there is not got by making the pod again
  return [];
}

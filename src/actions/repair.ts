import type { Finding, RepairName } from '../drift/model.ts';
import { planRemoveAttachment } from './disks/attachment.ts';
import { planDeleteClaim } from './disks/delete.ts';
import { planOrphanDisk } from './disks/orphan.ts';
import { planReattachDisk } from './disks/reattach.ts';
import { type Planned, RefusedError } from './model.ts';
import type { ActionSite } from './site.ts';
import type { ActionSubject } from './subject.ts';
import { planCorrectAddress } from './vms/address.ts';
import { planRestartAgent } from './vms/agent.ts';
import { planDeleteVm } from './vms/delete.ts';
import { planInstance } from './vms/instance.ts';
import { planFinishVm, planRebootVm } from './vms/machine.ts';
import { planResolveProblem } from './vms/problem.ts';
import { planMendService } from './vms/service.ts';

/** Each repair's way to a plan. */
const plans: Readonly<Record<RepairName, (site: ActionSite, subject: ActionSubject) => Promise<Planned>>> = {
  'recreate-instance': (site, subject) => planInstance(site, subject, { name: 'recreate' }),
  'restart-agent': planRestartAgent,
  'reboot-vm': planRebootVm,
  'finish-vm': planFinishVm,
  'mend-service': planMendService,
  'correct-address': planCorrectAddress,
  'remove-attachment': planRemoveAttachment,
  'delete-vm': planDeleteVm,
  'delete-claim': planDeleteClaim,
  'orphan-disk': (site, subject) => planOrphanDisk(site, subject),
  'reattach-disk': (site, subject) => planReattachDisk(site, subject, instanceOf(subject)),
  'resolve-problem': (site, subject) => planResolveProblem(site, subject),
};

/**
 * Plans a repair of a finding.
 * @throws RefusedError where it is not among those that are safe for the finding, or its preconditions do not hold
 */
export async function planRepair(
  site: ActionSite,
  { repairs, subject, title }: Pick<Finding, 'repairs' | 'subject' | 'title'>,
  repair: RepairName,
): Promise<Planned> {
  if (!repairs.includes(repair)) {
    throw new RefusedError(
      `${repair} is not safe for "${title}"`,
      repairs.length === 0 ? 'A person must look at it' : `Safe for it: ${repairs.join(', ')}`,
    );
  }
  return await plans[repair](site, subject);
}

/** The instance a disk belongs to, as findMachine takes it. */
function instanceOf({ instance, deployment, name }: ActionSubject): string {
  if (instance === undefined) {
    throw new RefusedError(
      `To which instance disk ${name} belongs is not known`,
      `kubernetes-cpi reattach ${name} MACHINE`,
    );
  }
  return deployment === undefined ? instance : `${deployment}/${instance}`;
}

import type { AttachStrategyName, Session } from '../../bosh/session.ts';
import { isApiError } from '../../kubernetes/errors.ts';
import type { VmRecord } from '../../vm/record.ts';
import { dryRunAttachment } from './attachments.ts';

/**
 * How a new machine gets its disks: as configured, or, with `auto`, beside its pod where the API server takes an attachment. Policies that forbid privileged
 * pods or folders of the node as volumes do not (Pod Security admission, ValidatingAdmissionPolicies, webhooks).
 */
export async function chooseAttach(
  session: Session,
  vm: string,
  record: Pick<VmRecord, 'pod'>,
): Promise<AttachStrategyName> {
  const { attach } = session.disks;
  if (attach !== 'auto') return attach;
  try {
    await dryRunAttachment(session, vm, { uid: 'dry-run', record }, vm);
    return 'hotplug';
  } catch (error) {
    if (!isApiError(error) || ![400, 403, 422].includes(error.status)) throw error;
    // a quota that is full now says nothing of what is allowed
    if (error.message.includes('exceeded quota')) return 'hotplug';
    session.log(`attachments are not allowed here, disks will come by recreation: ${error.message}`);
    return 'recreate';
  }
}

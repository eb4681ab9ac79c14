import { parseCid } from '../../bosh/cid.ts';
import { CloudError } from '../../bosh/cloud-error.ts';
import type { Session } from '../../bosh/session.ts';
import type { RecordedDisk } from '../../vm/record.ts';
import type { Call } from '../method.ts';
import { isSameCluster } from './same-cluster.ts';

/**
 * A VM and a disk that are to come together, in the session of their cluster.
 * @throws CloudError CpiError when they are in different contexts
 */
export async function diskOfVm(
  call: Call,
  vmCid: string,
  diskCid: string,
): Promise<{ session: Session; vm: string; disk: RecordedDisk }> {
  const vm = parseCid(vmCid, 'VM');
  const disk = parseCid(diskCid, 'disk');
  if (!(await isSameCluster(call, vm.context, disk.context))) {
    const where = (context: string | undefined) => context ?? 'the default context';
    throw new CloudError(
      'CpiError',
      `disk ${disk.name} is in ${where(disk.context)}, VM ${vm.name} in ${where(vm.context)}`,
    );
  }
  return { session: await call.session(vm.context), vm: vm.name, disk: { cid: diskCid, claim: disk.name } };
}

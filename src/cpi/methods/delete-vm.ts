import { parseCid } from '../../bosh/cid.ts';
import { deleteVm as remove } from '../../vm/delete.ts';
import { cidArgument, defineMethod } from '../method.ts';

/** delete_vm: the pod and everything of the VM but its persistent disks; one that is not there is success. */
export const deleteVm = defineMethod([['vm_cid', cidArgument]], async (call, cid) => {
  const { context, name } = parseCid(cid, 'VM');
  await remove(await call.session(context), name);
});

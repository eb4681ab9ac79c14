import { parseCid } from '../../bosh/cid.ts';
import { rebootVm as reboot } from '../../vm/reboot.ts';
import { cidArgument, defineMethod } from '../method.ts';

/** reboot_vm: restarts the machine in place and returns when its agent is up. */
export const rebootVm = defineMethod([['vm_cid', cidArgument]], async (call, cid) => {
  const { context, name } = parseCid(cid, 'VM');
  await reboot(await call.session(context), name);
});

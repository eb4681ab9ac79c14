import { parseCid } from '../../bosh/cid.ts';
import { vmExists } from '../../vm/exists.ts';
import { cidArgument, defineMethod } from '../method.ts';

/** has_vm: whether the VM lives, or is being recreated. */
export const hasVm = defineMethod([['vm_cid', cidArgument]], async (call, cid) => {
  const { context, name } = parseCid(cid, 'VM');
  return await vmExists(await call.session(context), name);
});

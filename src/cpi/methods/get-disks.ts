import { parseCid } from '../../bosh/cid.ts';
import { requireRecord } from '../../vm/record.ts';
import { cidArgument, defineMethod } from '../method.ts';

/** get_disks: CIDs of the persistent disks that are attached to a VM. */
export const getDisks = defineMethod([['vm_cid', cidArgument]], async (call, cid) => {
  const { context, name } = parseCid(cid, 'VM');
  const { record } = await requireRecord(await call.session(context), name);
  return record.disks.map((disk) => disk.cid);
});

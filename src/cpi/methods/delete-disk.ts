import { parseCid } from '../../bosh/cid.ts';
import { deleteDisk as remove } from '../../disk/delete.ts';
import { cidArgument, defineMethod } from '../method.ts';

/** delete_disk: one that is not there is success, one in use an error that names its user. */
export const deleteDisk = defineMethod([['disk_cid', cidArgument]], async (call, cid) => {
  const { context, name } = parseCid(cid, 'disk');
  await remove(await call.session(context), name);
});

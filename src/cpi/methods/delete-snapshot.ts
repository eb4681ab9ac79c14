import { parseCid } from '../../bosh/cid.ts';
import { deleteSnapshot as remove } from '../../disk/snapshot.ts';
import { cidArgument, defineMethod } from '../method.ts';

/** delete_snapshot: one that is not there is success. */
export const deleteSnapshot = defineMethod([['snapshot_cid', cidArgument]], async (call, cid) => {
  const { context, name } = parseCid(cid, 'snapshot');
  await remove(await call.session(context), name);
});

import { deleteStemcell as remove } from '../../stemcell/delete.ts';
import { cidArgument, defineMethod } from '../method.ts';

/** delete_stemcell: an image that create_stemcell pushed is deleted from its registry; that of a light stemcell is not ours. */
export const deleteStemcell = defineMethod([['stemcell_cid', cidArgument]], async (call, cid) => {
  await remove(await call.session(undefined), cid);
});

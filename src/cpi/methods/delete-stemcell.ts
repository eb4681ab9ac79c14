import { cidArgument, defineMethod } from '../method.ts';

/** delete_stemcell: a light stemcell is an image that is not ours, so there is nothing to delete. */
export const deleteStemcell = defineMethod([['stemcell_cid', cidArgument]], async (call, cid) => {
  call.log(`stemcell ${cid} is an image of its registry: it stays there`);
});

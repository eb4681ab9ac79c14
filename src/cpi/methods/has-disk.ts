import { parseCid } from '../../bosh/cid.ts';
import { readClaim } from '../../disk/claim.ts';
import { cidArgument, defineMethod } from '../method.ts';

/** has_disk: whether its claim exists and is not on its way out; a claim without a volume yet is a disk. */
export const hasDisk = defineMethod([['disk_cid', cidArgument]], async (call, cid) => {
  const { context, name } = parseCid(cid, 'disk');
  const claim = await readClaim(await call.session(context), name);
  return claim !== undefined && claim.metadata?.deletionTimestamp === undefined && claim.status?.phase !== 'Lost';
});

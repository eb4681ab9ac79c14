import * as v from 'valibot';
import { formatCid, parseCid } from '../../bosh/cid.ts';
import { snapshotDisk as snapshot } from '../../disk/snapshot.ts';
import { cidArgument, defineMethod, metadataArgument } from '../method.ts';

/** snapshot_disk: a VolumeSnapshot of the disk, once it is cut. Returns its CID. */
export const snapshotDisk = defineMethod(
  [
    ['disk_cid', cidArgument],
    ['metadata', v.optional(v.nullable(metadataArgument))],
  ],
  async (call, cid, metadata) => {
    const { context, name } = parseCid(cid, 'disk');
    return formatCid({ context, name: await snapshot(await call.session(context), name, metadata ?? {}) });
  },
);

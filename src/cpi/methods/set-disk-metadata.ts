import { parseCid } from '../../bosh/cid.ts';
import { setDiskMetadata as set } from '../../disk/metadata.ts';
import { cidArgument, defineMethod, metadataArgument } from '../method.ts';

/** set_disk_metadata: what the Director knows of a disk, on its claim. */
export const setDiskMetadata = defineMethod(
  [
    ['disk_cid', cidArgument],
    ['metadata', metadataArgument],
  ],
  async (call, cid, metadata) => {
    const { context, name } = parseCid(cid, 'disk');
    await set(await call.session(context), name, metadata);
  },
);

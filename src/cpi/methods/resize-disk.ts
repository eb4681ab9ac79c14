import { parseCid } from '../../bosh/cid.ts';
import { resizeDisk as resize } from '../../disk/resize.ts';
import { cidArgument, defineMethod, sizeArgument } from '../method.ts';

/** resize_disk: grows a disk to the size in MiB. */
export const resizeDisk = defineMethod(
  [
    ['disk_cid', cidArgument],
    ['new_size', sizeArgument],
  ],
  async (call, cid, size) => {
    const { context, name } = parseCid(cid, 'disk');
    await resize(await call.session(context), name, size);
  },
);

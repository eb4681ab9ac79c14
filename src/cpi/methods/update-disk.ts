import * as v from 'valibot';
import { parseCid } from '../../bosh/cid.ts';
import { updateDisk as update } from '../../disk/update.ts';
import { cidArgument, defineMethod, sizeArgument } from '../method.ts';

/** update_disk: changes size and VolumeAttributesClass of a disk in place; it keeps its CID. */
export const updateDisk = defineMethod(
  [
    ['disk_cid', cidArgument],
    ['new_size', sizeArgument],
    ['cloud_properties', v.nullish(v.record(v.string(), v.unknown()), {})],
  ],
  async (call, cid, size, properties) => {
    const { context, name } = parseCid(cid, 'disk');
    await update(await call.session(context), name, size, properties);
    return cid;
  },
);

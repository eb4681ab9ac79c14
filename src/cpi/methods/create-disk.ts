import * as v from 'valibot';
import { formatCid, parseCid } from '../../bosh/cid.ts';
import { createDisk as create } from '../../disk/create.ts';
import { parseDiskProperties } from '../../disk/properties.ts';
import { cidArgument, defineMethod, sizeArgument } from '../method.ts';

/** create_disk: makes a claim of the size in MiB, in the context of its properties or else of the VM it is meant for. Returns its CID. */
export const createDisk = defineMethod(
  [
    ['size', sizeArgument],
    ['cloud_properties', v.nullish(v.record(v.string(), v.unknown()), {})],
    ['vm_cid', v.optional(v.nullable(cidArgument))],
  ],
  async (call, size, properties, vmCid) => {
    const vm = typeof vmCid === 'string' ? parseCid(vmCid, 'VM') : undefined;
    const session = await call.session(parseDiskProperties(properties).context ?? vm?.context);
    return formatCid({ context: session.context, name: await create(session, size, properties) });
  },
);

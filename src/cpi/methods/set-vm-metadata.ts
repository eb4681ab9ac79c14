import { parseCid } from '../../bosh/cid.ts';
import { setVmMetadata as set } from '../../vm/metadata.ts';
import { cidArgument, defineMethod, metadataArgument } from '../method.ts';

/** set_vm_metadata: what the Director knows of a VM, on its pod and in its record. */
export const setVmMetadata = defineMethod(
  [
    ['vm_cid', cidArgument],
    ['metadata', metadataArgument],
  ],
  async (call, cid, metadata) => {
    const { context, name } = parseCid(cid, 'VM');
    await set(await call.session(context), name, metadata);
  },
);

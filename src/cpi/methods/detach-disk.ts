import { detachDisk as detach } from '../../disk/attach/attach.ts';
import { cidArgument, defineMethod } from '../method.ts';
import { diskOfVm } from './disk-of-vm.ts';

/** detach_disk: takes a disk from a VM; DiskNotAttached when it does not have it. */
export const detachDisk = defineMethod(
  [
    ['vm_cid', cidArgument],
    ['disk_cid', cidArgument],
  ],
  async (call, vmCid, diskCid) => {
    const { session, vm, disk } = await diskOfVm(call, vmCid, diskCid);
    await detach(session, vm, disk);
  },
);

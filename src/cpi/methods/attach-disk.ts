import { attachDisk as attach } from '../../disk/attach/attach.ts';
import { cidArgument, defineMethod } from '../method.ts';
import { diskOfVm } from './disk-of-vm.ts';

/** attach_disk: gives a VM a disk. Returns the hint that the agent mounts: a path in the machine. */
export const attachDisk = defineMethod(
  [
    ['vm_cid', cidArgument],
    ['disk_cid', cidArgument],
  ],
  async (call, vmCid, diskCid) => {
    const { session, vm, disk } = await diskOfVm(call, vmCid, diskCid);
    return await attach(session, vm, disk);
  },
);

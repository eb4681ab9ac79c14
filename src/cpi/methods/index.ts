import { CloudError } from '../../bosh/cloud-error.ts';
import { nearest } from '../../bosh/schema.ts';
import type { Method } from '../method.ts';
import { attachDisk } from './attach-disk.ts';
import { calculateVmCloudProperties } from './calculate-vm-cloud-properties.ts';
import { createDisk } from './create-disk.ts';
import { createStemcell } from './create-stemcell.ts';
import { createVm } from './create-vm.ts';
import { deleteDisk } from './delete-disk.ts';
import { deleteSnapshot } from './delete-snapshot.ts';
import { deleteStemcell } from './delete-stemcell.ts';
import { deleteVm } from './delete-vm.ts';
import { detachDisk } from './detach-disk.ts';
import { getDisks } from './get-disks.ts';
import { hasDisk } from './has-disk.ts';
import { hasVm } from './has-vm.ts';
import { rebootVm } from './reboot-vm.ts';
import { resizeDisk } from './resize-disk.ts';
import { setDiskMetadata } from './set-disk-metadata.ts';
import { setVmMetadata } from './set-vm-metadata.ts';
import { snapshotDisk } from './snapshot-disk.ts';
import { updateDisk } from './update-disk.ts';

/** Every method but `info`, which needs none of what these load. */
export const methods: Readonly<Record<string, Method>> = {
  create_stemcell: createStemcell,
  delete_stemcell: deleteStemcell,
  create_vm: createVm,
  delete_vm: deleteVm,
  has_vm: hasVm,
  reboot_vm: rebootVm,
  set_vm_metadata: setVmMetadata,
  calculate_vm_cloud_properties: calculateVmCloudProperties,
  create_disk: createDisk,
  delete_disk: deleteDisk,
  has_disk: hasDisk,
  attach_disk: attachDisk,
  detach_disk: detachDisk,
  get_disks: getDisks,
  set_disk_metadata: setDiskMetadata,
  resize_disk: resizeDisk,
  update_disk: updateDisk,
  snapshot_disk: snapshotDisk,
  delete_snapshot: deleteSnapshot,
};

/** Methods of the CPI's documentation that Kubernetes has nothing for. */
const notImplemented: ReadonlySet<string> = new Set([
  'create_network',
  'delete_network',
  'current_vm_id',
  'configure_networks',
  'ping',
]);

/** @throws CloudError NotImplemented for a method that is not ours */
export function findMethod(name: string): Method {
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (method !== undefined) return method;
  if (notImplemented.has(name)) throw new CloudError('NotImplemented', 'this CPI does not have the method');
  const near = nearest(name, ['info', ...Object.keys(methods)]);
  const hint = near === undefined ? '' : `, did you mean ${near}?`;
  throw new CloudError('NotImplemented', `no such CPI method${hint}`);
}

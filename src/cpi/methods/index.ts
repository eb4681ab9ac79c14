import { CloudError } from '../../bosh/cloud-error.ts';
import { nearest } from '../../bosh/schema.ts';
import type { Method } from '../method.ts';

/** Every method but `info`, by name; each is loaded when it is called. */
const methods: Readonly<Record<string, () => Promise<Method>>> = {
  create_stemcell: async () => (await import('./create-stemcell.ts')).createStemcell,
  delete_stemcell: async () => (await import('./delete-stemcell.ts')).deleteStemcell,
  create_vm: async () => (await import('./create-vm.ts')).createVm,
  delete_vm: async () => (await import('./delete-vm.ts')).deleteVm,
  has_vm: async () => (await import('./has-vm.ts')).hasVm,
  reboot_vm: async () => (await import('./reboot-vm.ts')).rebootVm,
  set_vm_metadata: async () => (await import('./set-vm-metadata.ts')).setVmMetadata,
  calculate_vm_cloud_properties: async () =>
    (await import('./calculate-vm-cloud-properties.ts')).calculateVmCloudProperties,
  create_disk: async () => (await import('./create-disk.ts')).createDisk,
  delete_disk: async () => (await import('./delete-disk.ts')).deleteDisk,
  has_disk: async () => (await import('./has-disk.ts')).hasDisk,
  attach_disk: async () => (await import('./attach-disk.ts')).attachDisk,
  detach_disk: async () => (await import('./detach-disk.ts')).detachDisk,
  get_disks: async () => (await import('./get-disks.ts')).getDisks,
  set_disk_metadata: async () => (await import('./set-disk-metadata.ts')).setDiskMetadata,
  resize_disk: async () => (await import('./resize-disk.ts')).resizeDisk,
  update_disk: async () => (await import('./update-disk.ts')).updateDisk,
  snapshot_disk: async () => (await import('./snapshot-disk.ts')).snapshotDisk,
  delete_snapshot: async () => (await import('./delete-snapshot.ts')).deleteSnapshot,
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
export async function findMethod(name: string): Promise<Method> {
  const load = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (load !== undefined) return await load();
  if (notImplemented.has(name)) throw new CloudError('NotImplemented', 'this CPI does not have the method');
  const near = nearest(name, ['info', ...Object.keys(methods)]);
  const hint = near === undefined ? '' : `, did you mean ${near}?`;
  throw new CloudError('NotImplemented', `no such CPI method${hint}`);
}

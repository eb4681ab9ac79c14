import { type Director, instancesOf } from '../director.ts';
import { DirectorError } from '../error.ts';
import { attachDisk, callCpi, orphanDisk } from '../machine.ts';
import { type Disk, type Instance, managedDisk } from '../model.ts';
import type { Task } from '../tasks.ts';
import type { Work } from '../work.ts';
import type { Asker } from './instance.ts';

/** Who has a disk by the Director's record. */
function ownerOf(director: Director, cid: string): { instance: Instance; disk: Disk } | undefined {
  for (const instance of instancesOf(director)) {
    const disk = instance.disks.find((one) => one.cid === cid);
    if (disk !== undefined) return { instance, disk };
  }
  return undefined;
}

/** `DELETE /disks/:cid?orphan=true`: moves the record. It takes no lock, looks at no state and detaches nothing; bosh-director, jobs/orphan_disk.rb. */
export function startOrphanDisk(director: Director, asker: Asker, cid: string): Task {
  return director.tasks.enqueue({ ...asker, type: 'orphan_disk', description: 'orphan disk' }, async (work) => {
    await work.stage('Orphan disk', 1).track(cid, async () => {
      const owner = ownerOf(director, cid);
      if (owner === undefined) work.warn(`Disk ${cid} does not exist. Orphaning is skipped`);
      else await orphanDisk(director, work, owner.instance, owner.disk);
    });
    return `disk ${cid} orphaned`;
  });
}

/** `DELETE /disks/:cid`: deletes an orphan and its data. @throws DirectorError where an instance has the disk */
export function startDeleteDisk(director: Director, asker: Asker, cid: string): Task {
  if (ownerOf(director, cid) !== undefined) {
    throw new DirectorError('DeletingPersistentDiskError', `Deleting persistent disk is not supported: ["${cid}"]`);
  }
  const request = { ...asker, type: 'delete_orphan_disks', description: 'delete orphan disks' };
  return director.tasks.enqueue(request, async (work) => {
    await work.stage('Deleting orphaned disks', 1).track(`Deleting orphaned disk ${cid}`, async () => {
      const orphan = director.orphans.get(cid);
      if (orphan === undefined) return;
      await work.logged({ action: 'delete', object: 'disk', name: cid, instance: orphan.instance }, () =>
        callCpi(director, work, 'delete_disk', cid),
      );
      director.orphans.delete(cid);
    });
    return `orphaned disk(s) ${cid} deleted`;
  });
}

/** Where a disk is to go. */
export interface Attachment {
  readonly cid: string;
  readonly deployment: string;
  readonly group: string;
  readonly id: string;
  /** Whether a disk the Director does not know gets size and properties of the one before it. */
  readonly copy: boolean;
}

/** `PUT /disks/:cid/attachments`: an instance that is stopped gets another disk, its own becomes an orphan; bosh-director, jobs/attach_disk.rb. */
export function startAttachDisk(director: Director, asker: Asker, wanted: Attachment): Task {
  const { cid, deployment, group, id } = wanted;
  const description = `attach disk '${cid}' to '${group}/${id}'`;
  return director.tasks.enqueue({ ...asker, deployment, type: 'attach_disk', description }, async (work) => {
    const name = `'${group}/${id}' in deployment '${deployment}'`;
    const instance = director.deployments
      .get(deployment)
      ?.instances.find((one) => one.group === group && one.id === id);
    if (instance === undefined) {
      throw new DirectorError('AttachDiskErrorUnknownInstance', `Instance ${name} was not found`);
    }
    if (instance.ignore) {
      const message = `Instance ${name} is in 'ignore' state. Attaching disks to ignored instances is not allowed.`;
      throw new DirectorError('AttachDiskInvalidInstanceState', message);
    }
    if (instance.state === 'started') {
      throw new DirectorError('AttachDiskInvalidInstanceState', `Instance ${name} must be in 'bosh stopped' state`);
    }
    await inTransaction(director, instance, async () => {
      const previous = managedDisk(instance);
      if (previous !== undefined) await takeAway(director, work, instance, previous);
      const disk = adopt(director, instance, wanted, previous);
      if (instance.vm !== undefined) await attachDisk(director, work, instance, disk);
    });
    return `attached disk '${cid}' to '${group}/${id}' in deployment '${deployment}'`;
  });
}

/** Undoes what was written to the records when the CPI fails; what the CPI did stays done. */
async function inTransaction({ orphans }: Director, { disks }: Instance, act: () => Promise<void>): Promise<void> {
  const before = { disks: disks.map((disk) => ({ ...disk })), orphans: [...orphans] };
  try {
    await act();
  } catch (error) {
    disks.splice(0, disks.length, ...before.disks);
    orphans.clear();
    for (const [cid, orphan] of before.orphans) orphans.set(cid, orphan);
    throw error;
  }
}

async function takeAway(director: Director, work: Work, instance: Instance, disk: Disk): Promise<void> {
  disk.active = false;
  try {
    if (instance.vm !== undefined) await callCpi(director, work, 'detach_disk', instance.vm.cid, disk.cid);
  } catch (error) {
    // only an active disk must be attached
    const { type } = (error as Error).cause as { type?: string };
    if (type !== 'DiskNotAttached') throw error;
  }
  await orphanDisk(director, work, instance, disk);
}

/** The disk's new record: what it was as an orphan, or 1 MiB without properties where nobody knows it. */
function adopt(director: Director, instance: Instance, { cid, copy }: Attachment, previous: Disk | undefined): Disk {
  const orphan = director.orphans.get(cid);
  const { size, cloudProperties } = orphan ?? (copy ? previous : undefined) ?? { size: 1, cloudProperties: {} };
  const disk: Disk = { id: director.nextId(), cid, size, cloudProperties, active: true };
  director.orphans.delete(cid);
  instance.disks.push(disk);
  return disk;
}

import { findDeployment } from '../director.ts';
import { startAttachDisk, startDeleteDisk, startOrphanDisk } from '../jobs/disks.ts';
import { startDeleteVm } from '../jobs/vms.ts';
import { typed } from './answer.ts';
import { type Asked, place, type Route } from './route.ts';

/** Orphaned disks under both their names, and what a CID alone can be told; bosh-director, api/controllers/disks_controller.rb. */
export const diskRoutes: readonly Route[] = [
  ...['/disks', '/orphan_disks'].map((path): Route => ({ method: 'GET', path, scope: 'admin', handle: listOrphans })),
  {
    method: 'PUT',
    path: '/disks/:cid/attachments',
    scope: 'admin',
    handle(asked) {
      const { director, asker, query } = asked;
      const { name } = findDeployment(director, query.get('deployment') ?? '');
      return startAttachDisk(director, asker, {
        cid: place(asked, 'cid'),
        deployment: name,
        group: query.get('job') ?? '',
        id: query.get('instance_id') ?? '',
        copy: query.get('disk_properties') === 'copy',
      });
    },
  },
  {
    method: 'DELETE',
    path: '/disks/:cid',
    scope: 'admin',
    handle(asked) {
      const start = (asked.query.get('orphan') ?? 'false') === 'false' ? startDeleteDisk : startOrphanDisk;
      return start(asked.director, asked.asker, place(asked, 'cid'));
    },
  },
  { method: 'GET', path: '/orphaned_vms', scope: 'admin', handle: () => typed([]) },
  {
    method: 'DELETE',
    path: '/vms/:cid',
    scope: 'admin',
    handle: (asked) => startDeleteVm(asked.director, asked.asker, place(asked, 'cid')),
  },
];

function listOrphans({ director }: Asked) {
  return typed(
    [...director.orphans.values()].map((disk) => ({
      disk_cid: disk.cid,
      size: disk.size,
      az: disk.zone,
      deployment_name: disk.deployment,
      instance_name: disk.instance,
      cloud_properties: disk.cloudProperties,
      orphaned_at: spelled(disk.orphaned),
    })),
  );
}

/** A time as Ruby prints it: `2026-11-23 01:09:00 UTC`. */
function spelled(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

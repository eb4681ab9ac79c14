import type { Subject } from './model.ts';
import type { DiskCase, Draft, VmCase } from './rule.ts';

/** What a finding about a VM, or something of a VM, is about. */
export function vmSubject({ namespace, name, vm, bosh }: VmCase, about: Draft['about']): Subject {
  const { row } = vm;
  const instance = bosh?.instance;
  const label = instance === undefined ? (row?.instance ?? name) : `${instance.group}/${instance.index}`;
  return {
    kind: 'vm',
    name,
    uid: row?.uid,
    ...about,
    label: about === undefined || row !== undefined || instance !== undefined ? label : about.name,
    namespace,
    deployment: instance?.deployment ?? bosh?.orphan?.deployment ?? row?.deployment,
    instance: instance === undefined ? instancePath(row?.labels) : `${instance.group}/${instance.id}`,
    cid: instance?.cid ?? bosh?.orphan?.cid ?? name,
  };
}

/** What a finding about a disk, or its attachment, is about. */
export function diskSubject({ namespace, name, disk, bosh }: DiskCase, about: Draft['about']): Subject {
  const { row, users } = disk;
  const [active] = bosh?.active ?? [];
  const orphan = bosh?.orphan;
  return {
    kind: 'disk',
    name,
    uid: row?.uid,
    ...about,
    label: name,
    namespace,
    deployment: active?.deployment ?? orphan?.deployment ?? row?.deployment ?? users[0]?.deployment,
    instance: active === undefined ? (orphan?.instance ?? instancePath(row?.labels)) : `${active.group}/${active.id}`,
    cid: orphan?.cid ?? active?.scan?.disks.find((cid) => cid.endsWith(name)) ?? name,
  };
}

/** `group/id` as the metadata on an object tells it. */
function instancePath(labels: Readonly<Record<string, string>> = {}): string | undefined {
  const { job, instance_group: group = job, id, instance_id: instanceId = id } = labels;
  return group === undefined || instanceId === undefined ? undefined : `${group}/${instanceId}`;
}

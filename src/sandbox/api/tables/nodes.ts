import type { V1Node } from '@kubernetes/client-node/dist/gen/models/V1Node.js';
import { type ApiObject, view } from '../object.ts';
import { age } from './age.ts';
import { column, nameColumn, type TableDefinition, wide } from './column.ts';

const ROLE_PREFIX = 'node-role.kubernetes.io/';
const ROLE_LABEL = 'kubernetes.io/role';

export const nodes: TableDefinition = {
  columns: [
    nameColumn,
    column('Status'),
    column('Roles'),
    column('Age'),
    column('Version'),
    wide('Internal-IP'),
    wide('External-IP'),
    wide('OS-Image'),
    wide('Kernel-Version'),
    wide('Container-Runtime'),
  ],
  cells(object, now) {
    const { spec, status } = view<V1Node>(object);
    const info = status?.nodeInfo;
    const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status;
    const shown = ready === undefined ? 'Unknown' : ready === 'True' ? 'Ready' : 'NotReady';
    const address = (wanted: string) => status?.addresses?.find(({ type }) => type === wanted)?.address ?? '<none>';
    return [
      object.metadata.name ?? '',
      spec?.unschedulable ? `${shown},SchedulingDisabled` : shown,
      roles(object).join(',') || '<none>',
      age(object.metadata.creationTimestamp, now),
      info?.kubeletVersion ?? '',
      address('InternalIP'),
      address('ExternalIP'),
      info?.osImage || '<unknown>',
      info?.kernelVersion || '<unknown>',
      info?.containerRuntimeVersion || '<unknown>',
    ];
  },
};

function roles({ metadata }: ApiObject): readonly string[] {
  const found = Object.entries(metadata.labels ?? {}).flatMap(([key, value]) => {
    if (key.startsWith(ROLE_PREFIX)) return [key.slice(ROLE_PREFIX.length)];
    return key === ROLE_LABEL ? [value] : [];
  });
  return [...new Set(found.filter((role) => role !== ''))].sort();
}

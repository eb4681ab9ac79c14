import type { V1PersistentVolume } from '@kubernetes/client-node/dist/gen/models/V1PersistentVolume.js';
import type { V1PersistentVolumeClaim } from '@kubernetes/client-node/dist/gen/models/V1PersistentVolumeClaim.js';
import type { V1StorageClass } from '@kubernetes/client-node/dist/gen/models/V1StorageClass.js';
import { type ApiObject, view } from '../object.ts';
import { age } from './age.ts';
import { column, nameColumn, type TableDefinition, wide } from './column.ts';

const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';
const DEFAULT_ANNOTATION = 'storageclass.kubernetes.io/is-default-class';

/** Access modes in the order in which they are shown. */
const modes = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
] as const;

export const claims: TableDefinition = {
  columns: [
    nameColumn,
    column('Status'),
    column('Volume'),
    column('Capacity'),
    column('Access Modes'),
    column('StorageClass'),
    column('VolumeAttributesClass'),
    column('Age'),
    wide('VolumeMode'),
  ],
  cells(object, now) {
    const { spec, status } = view<V1PersistentVolumeClaim>(object);
    const bound = Boolean(spec?.volumeName);
    return [
      object.metadata.name ?? '',
      phaseOf(object, status?.phase),
      spec?.volumeName ?? '',
      bound ? (status?.capacity?.storage ?? '0') : '',
      bound ? accessModes(status?.accessModes) : '',
      classOf(object, spec?.storageClassName),
      spec?.volumeAttributesClassName ?? '<unset>',
      age(object.metadata.creationTimestamp, now),
      spec?.volumeMode ?? '<unset>',
    ];
  },
};

export const volumes: TableDefinition = {
  columns: [
    nameColumn,
    column('Capacity'),
    column('Access Modes'),
    column('Reclaim Policy'),
    column('Status'),
    column('Claim'),
    column('StorageClass'),
    column('VolumeAttributesClass'),
    column('Reason'),
    column('Age'),
    wide('VolumeMode'),
  ],
  cells(object, now) {
    const { spec, status } = view<V1PersistentVolume>(object);
    return [
      object.metadata.name ?? '',
      spec?.capacity?.storage ?? '0',
      accessModes(spec?.accessModes),
      spec?.persistentVolumeReclaimPolicy ?? '',
      phaseOf(object, status?.phase),
      spec?.claimRef === undefined ? '' : `${spec.claimRef.namespace}/${spec.claimRef.name}`,
      classOf(object, spec?.storageClassName),
      spec?.volumeAttributesClassName ?? '<unset>',
      status?.reason ?? '',
      age(object.metadata.creationTimestamp, now),
      spec?.volumeMode ?? '<unset>',
    ];
  },
};

export const storageClasses: TableDefinition = {
  columns: [
    nameColumn,
    column('Provisioner'),
    column('ReclaimPolicy'),
    column('VolumeBindingMode'),
    column('AllowVolumeExpansion'),
    column('Age'),
  ],
  cells(object, now) {
    const { provisioner, reclaimPolicy, volumeBindingMode, allowVolumeExpansion } = view<V1StorageClass>(object);
    const isDefault = object.metadata.annotations?.[DEFAULT_ANNOTATION] === 'true';
    return [
      `${object.metadata.name ?? ''}${isDefault ? ' (default)' : ''}`,
      provisioner ?? '',
      reclaimPolicy ?? 'Delete',
      volumeBindingMode ?? 'Immediate',
      allowVolumeExpansion ?? false,
      age(object.metadata.creationTimestamp, now),
    ];
  },
};

function phaseOf({ metadata }: ApiObject, phase: string | undefined): string {
  return metadata.deletionTimestamp === undefined ? (phase ?? '') : 'Terminating';
}

function accessModes(given: readonly string[] | undefined): string {
  return modes
    .filter(([mode]) => given?.includes(mode))
    .map(([, short]) => short)
    .join(',');
}

function classOf({ metadata }: ApiObject, name: string | undefined): string {
  return metadata.annotations?.[CLASS_ANNOTATION] ?? name ?? '';
}

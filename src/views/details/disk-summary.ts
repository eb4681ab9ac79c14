import type { V1PersistentVolume } from '@kubernetes/client-node/dist/gen/models/V1PersistentVolume.js';
import type { V1PersistentVolumeClaim } from '@kubernetes/client-node/dist/gen/models/V1PersistentVolumeClaim.js';
import type { Finding } from '../../drift/model.ts';
import { formatSize } from '../../inventory/format.ts';
import type { Disk, DiskClass } from '../../inventory/model.ts';
import type { Segment } from '../../tui/components/line.tsx';
import { driftSection } from '../drift/drift-section.ts';
import { field, section } from './fields.ts';
import { healthRoles, since } from './vm-summary.ts';

/** What is known of a disk beside its row. Dates are texts, as JSON has them. */
export interface DiskObjects {
  readonly claim: V1PersistentVolumeClaim | undefined;
  readonly volume: V1PersistentVolume | undefined;
  readonly storageClass: DiskClass | undefined;
  /** Who keeps it as an orphan, a sentence. */
  readonly keeper?: string | undefined;
}

/** What an operator asks first about a disk. @param now milliseconds since 1970 */
export function diskSummary(
  row: Disk,
  { claim, volume, storageClass, keeper }: DiskObjects,
  width: number,
  now: number,
  findings: readonly Finding[] = [],
): readonly (readonly Segment[])[] {
  const { csi, persistentVolumeReclaimPolicy: reclaim } = volume?.spec ?? {};
  return [
    ...driftSection(findings, width, now),
    ...section('Disk', [
      ...field('state', row.phase, width, healthRoles[row.health]),
      ...field('', row.reason, width, healthRoles[row.health]),
      ...field('claim', `${row.namespace}/${row.name}`, width),
      ...field('deployment', row.deployment, width),
      ...field('who has it', row.machine ?? 'nobody: no machine mounts it', width),
      ...field('', keeper && `It is ${keeper}.`, width, row.orphan ? undefined : 'problem'),
      ...field('mounted on', row.mounted, width),
      ...field('node', row.node, width),
      ...field('created', since(new Date(row.created).toISOString(), now), width),
    ]),
    ...section('Size', [
      ...field('asked for', formatSize(row.size), width),
      ...field('has', formatSize(row.capacity), width),
      ...field('can grow', storageClass && (storageClass.expands ? 'yes' : 'no: its class does not allow it'), width),
    ]),
    ...section('Volume', [
      ...field('volume', row.volume ?? 'none yet', width),
      ...field('class', row.storageClass, width),
      ...field('provisioner', storageClass?.provisioner, width),
      ...field('access', claim?.spec?.accessModes?.join(', '), width),
      ...field('mode', claim?.spec?.volumeMode, width),
      ...field('state', volume?.status?.phase, width),
      ...field('when released', reclaim && (reclaim === 'Delete' ? 'its data is deleted' : `${reclaim}: kept`), width),
      ...field('driver', csi?.driver, width),
      ...field('handle', csi?.volumeHandle, width),
    ]),
    ...section(
      'Conditions',
      (claim?.status?.conditions ?? []).flatMap(({ type, message, lastTransitionTime }) =>
        field(type, [message, since(lastTransitionTime, now)].filter(Boolean).join(', '), width, 'busy'),
      ),
    ),
    ...section(
      'The Director told',
      Object.entries(row.labels)
        .sort(([a], [b]) => a.localeCompare(b))
        .flatMap(([key, value]) => field(key, value, width)),
    ),
  ];
}

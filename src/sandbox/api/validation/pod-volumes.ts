import type { V1Container } from '@kubernetes/client-node/dist/gen/models/V1Container.js';
import type { V1Volume } from '@kubernetes/client-node/dist/gen/models/V1Volume.js';
import { denied, duplicate, type FieldError, invalid, missing, required } from './field.ts';
import { dnsLabel, dnsSubdomain } from './names.ts';

/** Volumes without a fault by name: a mount of any other is `Not found`. */
export interface PodVolumes {
  readonly known: ReadonlyMap<string, V1Volume>;
  readonly errors: FieldError[];
}

export function validateVolumes(volumes: readonly V1Volume[], field: string): PodVolumes {
  const known = new Map<string, V1Volume>();
  const errors: FieldError[] = [];
  for (const [index, volume] of volumes.entries()) {
    const path = `${field}[${index}]`;
    const faults = validateSource(volume, path);
    if (!volume.name) faults.push(required(`${path}.name`));
    else for (const message of dnsLabel(volume.name)) faults.push(invalid(`${path}.name`, volume.name, message));
    if (known.has(volume.name)) faults.push(duplicate(`${path}.name`, volume.name));
    if (faults.length === 0) known.set(volume.name, volume);
    errors.push(...faults);
  }
  return { known, errors };
}

function validateSource(volume: V1Volume, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const sources = Object.keys(volume).filter((key) => key !== 'name');
  for (const extra of sources.slice(1))
    errors.push(denied(`${path}.${extra}`, 'may not specify more than 1 volume type'));
  if (volume.secret && !volume.secret.secretName) errors.push(required(`${path}.secret.secretName`));
  if (volume.configMap && !volume.configMap.name) errors.push(required(`${path}.configMap.name`));
  if (volume.hostPath) {
    const { path: hostPath } = volume.hostPath;
    if (!hostPath) errors.push(required(`${path}.hostPath.path`));
    else if (hostPath.split('/').includes('..'))
      errors.push(invalid(`${path}.hostPath.path`, hostPath, "must not contain '..'"));
  }
  const claim = volume.persistentVolumeClaim;
  if (claim && !claim.claimName) errors.push(required(`${path}.persistentVolumeClaim.claimName`));
  if (claim?.claimName) {
    for (const message of dnsSubdomain(claim.claimName)) {
      errors.push(invalid(`${path}.persistentVolumeClaim.claimName`, claim.claimName, message));
    }
  }
  for (const item of volume.secret?.items ?? []) {
    if (!item.key) errors.push(required(`${path}.secret.items.key`));
    if (!item.path) errors.push(required(`${path}.secret.items.path`));
  }
  return errors;
}

export function validateMounts(container: V1Container, { known }: PodVolumes, path: string): FieldError[] {
  const points = new Set<string>();
  return (container.volumeMounts ?? []).flatMap((mount, index) => {
    const field = `${path}.volumeMounts[${index}]`;
    const errors: FieldError[] = [];
    if (!mount.name) errors.push(required(`${field}.name`));
    if (!known.has(mount.name)) errors.push(missing(`${field}.name`, mount.name ?? ''));
    if (!mount.mountPath) errors.push(required(`${field}.mountPath`));
    if (points.has(mount.mountPath)) errors.push(invalid(`${field}.mountPath`, mount.mountPath, 'must be unique'));
    points.add(mount.mountPath);
    if (mount.mountPropagation === 'Bidirectional' && !container.securityContext?.privileged) {
      const detail = 'Bidirectional mount propagation is available only to privileged containers';
      errors.push(denied(`${path}.volumeMounts.mountPropagation`, detail));
    }
    return errors;
  });
}

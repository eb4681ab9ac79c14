import type { Claim, Pod } from '../../../src/kubernetes/objects.ts';

interface PodFields {
  readonly name?: string;
  readonly uid?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
  readonly claims?: readonly string[];
  readonly node?: string;
  readonly status?: Pod['status'];
}

/** When all our objects were made. */
export const created = '2026-01-01T00:00:00Z';

/** A pod of a machine that runs and is Ready, but for what is given. */
export function pod(fields: PodFields = {}): Pod {
  const { name = 'agent-1', uid = `uid of ${name}`, claims = [], node = 'node-1', status = running() } = fields;
  return {
    metadata: {
      name,
      uid,
      namespace: 'bosh',
      creationTimestamp: created,
      ...(fields.deletionTimestamp !== undefined && { deletionTimestamp: fields.deletionTimestamp }),
      labels: { 'bosh.cloudfoundry.org/agent-id': name.slice('agent-'.length), ...fields.labels },
      ...(fields.annotations && { annotations: fields.annotations }),
    },
    spec: {
      nodeName: node,
      containers: [{ name: 'bosh-job', image: 'registry.test/stemcell:1' }],
      volumes: claims.map((claimName) => ({ persistentVolumeClaim: { claimName } })),
    },
    ...(status && { status }),
  };
}

/** Status of a pod whose one container runs. */
export function running(ready = true): NonNullable<Pod['status']> {
  const status = ready ? 'True' : 'False';
  return {
    phase: 'Running',
    podIP: '10.0.0.1',
    conditions: [{ type: 'Ready', status, lastTransitionTime: created }],
    containerStatuses: [{ name: 'bosh-job', ready, restartCount: 0, state: { running: {} } }],
  };
}

/** Status of a pod whose one container waits. */
export function waiting(reason: string, message?: string): NonNullable<Pod['status']> {
  const state = { waiting: { reason, ...(message !== undefined && { message }) } };
  return {
    phase: 'Pending',
    conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: created }],
    containerStatuses: [{ name: 'bosh-job', ready: false, restartCount: 0, state }],
  };
}

/** A bound claim of a disk, but for what is given. */
export function claim(name: string, fields: Partial<Claim> = {}, deleted = false): Claim {
  return {
    metadata: {
      name,
      uid: `uid of ${name}`,
      namespace: 'bosh',
      creationTimestamp: created,
      labels: { 'bosh.cloudfoundry.org/disk-id': name },
      ...(deleted && { deletionTimestamp: created }),
    },
    spec: { resources: { requests: { storage: '3Gi' } }, storageClassName: 'fast', volumeName: `volume of ${name}` },
    status: { phase: 'Bound', capacity: { storage: '3Gi' } },
    ...fields,
  };
}

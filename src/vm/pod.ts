import type { V1Affinity } from '@kubernetes/client-node/dist/gen/models/V1Affinity.js';
import type { V1NodeSelectorRequirement } from '@kubernetes/client-node/dist/gen/models/V1NodeSelectorRequirement.js';
import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import type { V1PodSpec } from '@kubernetes/client-node/dist/gen/models/V1PodSpec.js';
import type { V1ResourceRequirements } from '@kubernetes/client-node/dist/gen/models/V1ResourceRequirements.js';
import type { V1Volume } from '@kubernetes/client-node/dist/gen/models/V1Volume.js';
import type { V1VolumeMount } from '@kubernetes/client-node/dist/gen/models/V1VolumeMount.js';
import {
  agentContainer,
  agentIdLabel,
  diskLabel,
  generationAnnotation,
  groupLabel,
  managedByLabels,
  recordAnnotation,
  stemcellAnnotation,
} from '../bosh/labels.ts';
import { securityContext } from './privileges.ts';
import type { VmProperties } from './properties.ts';
import type { VmRecord } from './record.ts';

/** What machines and the attachments of their disks have in common. */
export const commonSpec = {
  restartPolicy: 'Always',
  // bounds an eviction; delete_vm and recreation ask for less, since BOSH has drained and stopped the jobs by then
  terminationGracePeriodSeconds: 30,
  // it has no rights (manifests/rbac.yml)
  serviceAccountName: 'bosh-vm',
  automountServiceAccountToken: false,
  // hundreds of variables in every job's environment otherwise
  enableServiceLinks: false,
} as const;
/** Files of the record that a machine sees under /bosh-cpi; the record itself is not among them. */
const machineFiles = [
  'entrypoint',
  'agent-up',
  'reboot',
  'mount',
  'umount',
  'settings.json',
  'update_settings.json',
  'records.json',
  'persistent_disk_hints.json',
  'managed_disk_settings.json',
];

/** Where all disks appear in the machine. */
const disksPath = '/mnt';

/** The folder on each node in which the machines of a namespace get their disks; volatile, so that after a reboot no empty folder passes for a disk. */
export function sharedFolder(namespace: string): string {
  return `/run/bosh-cpi/${namespace}`;
}

/** The folder on its node through which disks come to a machine. */
function machineFolder(namespace: string, vm: string): string {
  return `${sharedFolder(namespace)}/${vm}`;
}

/** Where a disk appears in the machine: a mount point of its own, which is what an agent can recognise again (bosh-agent disk/…mounter). */
export function diskMountPath(claim: string): string {
  return `${disksPath}/${claim}`;
}

export interface PodPlan {
  readonly vm: string;
  readonly agentId: string;
  readonly image: string;
  readonly properties: VmProperties;
  readonly group: string | undefined;
  readonly ephemeralClaim: string | undefined;
  /** Annotations that networks ask for, and the promised addresses. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Labels that shared Services select by. */
  readonly labels: Readonly<Record<string, string>>;
  /** Addresses that the machine itself holds, e.g. `10.96.7.7/32`. */
  readonly addresses: readonly string[];
}

/** The pod of a machine without its persistent disks: what its record keeps. */
export function planPod(plan: PodPlan): VmRecord['pod'] {
  const { properties, group } = plan;
  return {
    metadata: {
      labels: {
        ...properties.labels,
        ...plan.labels,
        ...managedByLabels,
        [agentIdLabel]: plan.agentId,
        ...(group !== undefined && { [groupLabel]: group }),
      },
      annotations: { ...properties.annotations, ...plan.annotations, [stemcellAnnotation]: plan.image },
    },
    spec: {
      ...commonSpec,
      ...placement(properties, group),
      ...(properties.priority_class !== undefined && { priorityClassName: properties.priority_class }),
      ...(properties.image_pull_secrets.length > 0 && {
        imagePullSecrets: properties.image_pull_secrets.map((name) => ({ name })),
      }),
      containers: [
        {
          name: agentContainer,
          image: plan.image,
          imagePullPolicy: 'IfNotPresent',
          command: ['/bin/bash', '/bosh-cpi/entrypoint'],
          env: [{ name: 'BOSH_CPI_ADDRESSES', value: plan.addresses.join(' ') }],
          securityContext: securityContext(properties.privileged),
          resources: resources(properties),
          // Ready means that the agent was up once. It never kills: a machine that waits for its Director is not broken.
          startupProbe: {
            exec: { command: ['/bin/bash', '/bosh-cpi/agent-up'] },
            periodSeconds: 1,
            timeoutSeconds: 5,
            failureThreshold: 1_000_000,
          },
          terminationMessagePolicy: 'FallbackToLogsOnError',
          volumeMounts: [
            { name: 'record', mountPath: '/bosh-cpi', readOnly: true },
            { name: 'vcap', mountPath: '/vcap' },
          ],
        },
      ],
      volumes: [
        {
          name: 'record',
          secret: {
            secretName: plan.vm,
            defaultMode: 0o400,
            // a state file is there only after a recreation
            optional: true,
            items: machineFiles.map((key) => ({ key, path: key })),
          },
        },
        { name: 'vcap', ...ephemeralDisk(plan) },
      ],
    },
  };
}

/**
 * The pod a record asks for: the machine, marked with the record and its generation. Its disks are volumes of its own, or come beside it into a folder of
 * its node.
 * @param uid of the record's Secret
 */
export function podOf(namespace: string, vm: string, uid: string, record: VmRecord): V1Pod {
  const { metadata, spec } = record.pod;
  const [container, ...others] = spec.containers;
  if (container === undefined) throw new Error(`record ${vm} has a pod without containers`);
  const { labels, mounts, volumes } = record.attach === 'hotplug' ? disksBeside(namespace, vm) : disksWithin(record);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata,
      name: vm,
      labels: { ...metadata.labels, ...labels },
      annotations: {
        ...metadata.annotations,
        [recordAnnotation]: uid,
        [generationAnnotation]: String(record.generation),
      },
    },
    spec: {
      ...spec,
      containers: [{ ...container, volumeMounts: [...(container.volumeMounts ?? []), ...mounts] }, ...others],
      volumes: [...(spec.volumes ?? []), ...volumes],
    },
  };
}

interface PodDisks {
  readonly labels: Readonly<Record<string, string>>;
  readonly mounts: readonly V1VolumeMount[];
  readonly volumes: readonly V1Volume[];
}

function disksWithin({ disks }: VmRecord): PodDisks {
  return {
    labels: Object.fromEntries(disks.map(({ claim }) => [diskLabel(claim), ''])),
    mounts: disks.map(({ claim }) => ({ name: claim, mountPath: diskMountPath(claim) })),
    volumes: disks.map(({ claim }) => ({ name: claim, persistentVolumeClaim: { claimName: claim } })),
  };
}

/**
 * The folder of the node that attachments mount into. Never an emptyDir: a kubelet removes one with all that is still mounted below it
 * (kubernetes/kubernetes#115054). The machine cannot write where no disk is mounted: that would be the node's memory. What is mounted below is as it was
 * mounted, since a mount is not read-only recursively unless asked to be.
 */
function disksBeside(namespace: string, vm: string): PodDisks {
  return {
    labels: {},
    mounts: [{ name: 'disks', mountPath: disksPath, mountPropagation: 'HostToContainer', readOnly: true }],
    volumes: [{ name: 'disks', hostPath: { path: machineFolder(namespace, vm), type: 'DirectoryOrCreate' } }],
  };
}

function ephemeralDisk(plan: PodPlan) {
  if (plan.ephemeralClaim !== undefined) return { persistentVolumeClaim: { claimName: plan.ephemeralClaim } };
  const size = plan.properties.ephemeral_disk?.size;
  return { emptyDir: size === undefined ? {} : { sizeLimit: `${size}Mi` } };
}

/** Requests as given; a sized disk on the node also asks for its room there, so that the scheduler finds a node that has it. */
function resources(properties: VmProperties): V1ResourceRequirements {
  const { requests, limits } = properties.resources ?? {};
  const { size, class: storageClass } = properties.ephemeral_disk ?? {};
  const room = size !== undefined && storageClass === undefined ? { 'ephemeral-storage': `${size}Mi` } : {};
  const text = (quantities: Readonly<Record<string, string | number>> | undefined) =>
    Object.fromEntries(Object.entries(quantities ?? {}).map(([key, value]) => [key, String(value)]));
  const asked = { ...room, ...text(requests) };
  return {
    ...(Object.keys(asked).length > 0 && { requests: asked }),
    ...(limits !== undefined && { limits: text(limits) }),
  };
}

/** An AZ is where a machine must be; its group's other machines are what it should keep away from. */
function placement(properties: VmProperties, group: string | undefined): Partial<V1PodSpec> {
  const required: V1NodeSelectorRequirement[] = [];
  const demand = (key: string, value: string | undefined) => {
    if (value !== undefined) required.push({ key, operator: 'In', values: [value] });
  };
  demand('topology.kubernetes.io/zone', properties.availability_zone);
  demand('topology.kubernetes.io/region', properties.region);
  const affinity: V1Affinity = {};
  if (required.length > 0) {
    affinity.nodeAffinity = {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: required }] },
    };
  }
  if (group !== undefined) {
    affinity.podAntiAffinity = {
      preferredDuringSchedulingIgnoredDuringExecution: ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map(
        (topologyKey) => ({
          weight: topologyKey === 'kubernetes.io/hostname' ? 100 : 50,
          podAffinityTerm: { topologyKey, labelSelector: { matchLabels: { [groupLabel]: group } } },
        }),
      ),
    };
  }
  return {
    ...(Object.keys(affinity).length > 0 && { affinity }),
    ...(Object.keys(properties.node_labels).length > 0 && { nodeSelector: properties.node_labels }),
    ...(properties.tolerations.length > 0 && {
      tolerations: properties.tolerations.map(({ toleration_seconds: seconds, key, operator, value, effect }) => ({
        ...(key !== undefined && { key }),
        ...(operator !== undefined && { operator }),
        ...(value !== undefined && { value }),
        ...(effect !== undefined && { effect }),
        ...(seconds !== undefined && { tolerationSeconds: seconds }),
      })),
    }),
  };
}

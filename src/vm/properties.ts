import * as v from 'valibot';
import { CloudError } from '../bosh/cloud-error.ts';
import { checkInput, describeFlaws } from '../bosh/schema.ts';

const quantity = v.union([v.string(), v.number()]);
const quantities = v.record(v.string(), quantity);
const texts = v.record(v.string(), v.string());
const portNumber = v.pipe(
  v.number(),
  v.integer('must be a whole number'),
  v.minValue(1, 'must be 1 to 65535'),
  v.maxValue(65535, 'must be 1 to 65535'),
);

const servicePort = v.strictObject({
  name: v.optional(v.string()),
  port: portNumber,
  target_port: v.optional(portNumber),
  node_port: v.optional(portNumber),
  protocol: v.optional(v.picklist(['TCP', 'UDP', 'SCTP']), 'TCP'),
});

const service = v.strictObject({
  name: v.string(),
  type: v.optional(v.picklist(['ClusterIP', 'NodePort', 'LoadBalancer']), 'ClusterIP'),
  cluster_ip: v.optional(v.string()),
  load_balancer_ip: v.optional(v.string()),
  ports: v.pipe(v.array(servicePort), v.minLength(1, 'needs at least one port')),
  labels: v.optional(texts, {}),
  annotations: v.optional(texts, {}),
  /** One Service for every VM that lists it under this name, not one VM's own. */
  shared: v.optional(v.boolean(), false),
});

const toleration = v.strictObject({
  key: v.optional(v.string()),
  operator: v.optional(v.picklist(['Exists', 'Equal'])),
  value: v.optional(v.string()),
  effect: v.optional(v.picklist(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])),
  toleration_seconds: v.optional(v.number()),
});

/** `cloud_properties` of a VM: `vm_types`, `vm_extensions` and `azs` of a cloud-config merged by the Director. */
const vmProperties = v.strictObject({
  context: v.optional(v.string()),
  services: v.optional(v.array(service), []),
  resources: v.optional(v.strictObject({ requests: v.optional(quantities), limits: v.optional(quantities) })),
  availability_zone: v.optional(v.string()),
  region: v.optional(v.string()),
  node_labels: v.optional(texts, {}),
  tolerations: v.optional(v.array(toleration), []),
  priority_class: v.optional(v.string()),
  /** False: only the rights that the agent needs. Jobs that run containers (BPM, garden) need more. */
  privileged: v.optional(v.boolean(), true),
  image_pull_secrets: v.optional(v.array(v.string()), []),
  /** Ports of the VM's manual `service` addresses, beside the configured ones. */
  ports: v.optional(v.array(v.union([portNumber, v.string()])), []),
  /** Size in MiB; with a class the disk is a claim of its own, otherwise a part of the node's disk. */
  ephemeral_disk: v.optional(
    v.strictObject({
      size: v.optional(v.pipe(v.number(), v.minValue(1, 'must be at least 1 MiB'))),
      class: v.optional(v.string()),
    }),
  ),
  labels: v.optional(texts, {}),
  annotations: v.optional(texts, {}),
});

export type VmProperties = v.InferOutput<typeof vmProperties>;
export type ServiceProperties = VmProperties['services'][number];

/**
 * Reads a VM's cloud_properties.
 * @throws CloudError CpiError with the path of every flaw and, for an unknown key, the nearest known one
 */
export function parseVmProperties(input: unknown): VmProperties {
  const checked = checkInput(vmProperties, input ?? {});
  if ('flaws' in checked) throw new CloudError('CpiError', describeFlaws(checked.flaws, 'cloud_properties'));
  const { ephemeral_disk: disk } = checked.value;
  if (disk?.class !== undefined && disk.size === undefined) {
    throw new CloudError('CpiError', 'cloud_properties.ephemeral_disk.size: required with class');
  }
  return checked.value;
}

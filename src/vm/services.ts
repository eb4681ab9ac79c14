import type { V1IPAddress } from '@kubernetes/client-node/dist/gen/models/V1IPAddress.js';
import type { V1OwnerReference } from '@kubernetes/client-node/dist/gen/models/V1OwnerReference.js';
import type { V1Service } from '@kubernetes/client-node/dist/gen/models/V1Service.js';
import { CloudError } from '../bosh/cloud-error.ts';
import { agentIdLabel, labelKey, managedByLabels } from '../bosh/labels.ts';
import type { Session } from '../bosh/session.ts';
import { isAlreadyExists, isApiError, isConflict, isNotFound } from '../kubernetes/errors.ts';
import type { PlannedService } from '../network/types.ts';
import type { ServiceProperties } from './properties.ts';
import { ownedBy } from './record.ts';

/** Services of `cloud_properties.services`. */
export function planServices(services: readonly ServiceProperties[]): readonly PlannedService[] {
  return services.map(({ name, type, cluster_ip: clusterIP, load_balancer_ip: loadBalancerIP, ports, ...rest }) => ({
    name,
    ...rest,
    spec: {
      type,
      ...(clusterIP !== undefined && { clusterIP }),
      ...(loadBalancerIP !== undefined && { loadBalancerIP }),
      publishNotReadyAddresses: true,
      ports: ports.map(({ name: portName, port, target_port: targetPort, node_port: nodePort, protocol }) => ({
        name: portName ?? `${protocol.toLowerCase()}-${port}`,
        port,
        targetPort: targetPort ?? port,
        protocol,
        ...(nodePort !== undefined && { nodePort }),
      })),
    },
  }));
}

/** Label on the pods of every VM that shares a Service: what it selects by. */
export function sharedLabels(services: readonly PlannedService[]): Record<string, string> {
  return Object.fromEntries(services.filter(({ shared }) => shared).map(({ name }) => [sharedLabel(name), 'true']));
}

function sharedLabel(name: string): string {
  return labelKey(`service-${name}`);
}

/**
 * Makes a Service of a VM, or joins a shared one; a second call finds it made.
 * @param owner UID of the VM's record
 * @throws CloudError that names the owner of a name or address that is taken
 */
export async function ensureService(
  session: Session,
  vm: string,
  owner: string,
  agentId: string,
  service: PlannedService,
): Promise<void> {
  const { core, namespace } = session.cluster;
  const mine: V1OwnerReference = ownedBy(vm, owner);
  const body: V1Service = {
    metadata: {
      name: service.name,
      labels: { ...service.labels, ...managedByLabels, ...(!service.shared && { [agentIdLabel]: agentId }) },
      annotations: { ...service.annotations },
      ownerReferences: [mine],
    },
    spec: {
      ...service.spec,
      selector: service.shared ? { [sharedLabel(service.name)]: 'true' } : { [agentIdLabel]: agentId },
    },
  };
  for (let attempt = 0; ; attempt++) {
    let taken: unknown;
    try {
      await core.createNamespacedService({ namespace, body });
      return;
    } catch (error) {
      // of a Service that is there already the API server sees the address before the name: it may be this very one
      if (isAddressTaken(error)) taken = error;
      else if (!isAlreadyExists(error)) throw error;
    }
    try {
      const existing = await core.readNamespacedService({ name: service.name, namespace });
      const owners = existing.metadata?.ownerReferences ?? [];
      if (owners.some(({ uid }) => uid === owner)) return;
      if (!service.shared || existing.metadata?.labels?.[agentIdLabel] !== undefined)
        throw nameTaken(service, existing);
      existing.metadata = { ...existing.metadata, ownerReferences: [...owners, mine] };
      await core.replaceNamespacedService({ name: service.name, namespace, body: existing });
      return;
    } catch (error) {
      if (isNotFound(error) && taken !== undefined) throw await addressTaken(session, service, taken);
      // deleted or joined by another VM between our two calls: look again
      if (!(isNotFound(error) || isConflict(error)) || attempt >= 20) throw error;
    }
  }
}

/**
 * Leaves a Service; the last VM behind it takes it away. One of the name that is another VM's is not touched.
 * @param owner UID of the VM's record
 */
export async function leaveService(session: Session, name: string, owner: string): Promise<void> {
  const { core, namespace } = session.cluster;
  for (let attempt = 0; ; attempt++) {
    try {
      const service = await core.readNamespacedService({ name, namespace });
      const owners = service.metadata?.ownerReferences ?? [];
      const others = owners.filter(({ uid }) => uid !== owner);
      if (others.length === owners.length) return;
      const { uid = '', resourceVersion = '' } = service.metadata ?? {};
      if (others.length === 0) {
        await core.deleteNamespacedService({ name, namespace, body: { preconditions: { uid, resourceVersion } } });
      } else {
        service.metadata = { ...service.metadata, ownerReferences: others };
        await core.replaceNamespacedService({ name, namespace, body: service });
      }
      return;
    } catch (error) {
      if (isNotFound(error)) return;
      if (!isConflict(error) || attempt >= 20) throw error;
    }
  }
}

function isAddressTaken(error: unknown): boolean {
  return isApiError(error) && error.status === 422 && error.message.includes('already allocated');
}

async function addressTaken(session: Session, service: PlannedService, cause: unknown): Promise<CloudError> {
  const { clusterIP, ports } = service.spec;
  const wanted = new Set(ports?.map(({ nodePort }) => nodePort).filter((port) => port !== undefined));
  const { core, namespace } = session.cluster;
  const services = (await core.listNamespacedService({ namespace })).items;
  const owner = services.find(
    ({ spec }) =>
      (clusterIP !== undefined && spec?.clusterIP === clusterIP) ||
      spec?.ports?.some(({ nodePort }) => nodePort !== undefined && wanted.has(nodePort)),
  );
  const what = clusterIP === undefined ? 'node port' : `address ${clusterIP}`;
  const who =
    owner === undefined ? await foreignOwner(session, clusterIP) : `Service ${owner.metadata?.name}${ofVm(owner)}`;
  return new CloudError('CloudError', `Service ${service.name}: ${what} is taken by ${who}`, { cause });
}

/** Who has an address in another namespace, as far as the API server has objects of addresses (Kubernetes 1.33) and shows them to us. */
async function foreignOwner({ cluster }: Session, address: string | undefined): Promise<string> {
  const unknown = 'a Service of another namespace';
  if (address === undefined) return unknown;
  try {
    const path = `/apis/networking.k8s.io/v1/ipaddresses/${address}`;
    const { spec } = await cluster.json<V1IPAddress>({ method: 'GET', path });
    return `Service ${spec?.parentRef.name} of namespace ${spec?.parentRef.namespace}`;
  } catch (error) {
    if (isApiError(error) && (error.status === 403 || error.status === 404)) return unknown;
    throw error;
  }
}

function nameTaken(service: PlannedService, existing: V1Service): CloudError {
  return new CloudError(
    'CloudError',
    `Service ${service.name} exists already${ofVm(existing)}: give it another name, or shared: true on every VM that is to stand behind it`,
  );
}

function ofVm(service: V1Service): string {
  const agentId = service.metadata?.labels?.[agentIdLabel];
  return agentId === undefined ? '' : ` of VM agent-${agentId}`;
}

import { randomInt } from 'node:crypto';
import { isIP } from 'node:net';
import type { V1ServiceSpec } from '@kubernetes/client-node/dist/gen/models/V1ServiceSpec.js';
import type { ClusterState } from '../cluster-state.ts';
import { type ApiObject, timestamp, view } from '../object.ts';
import { apiVersion, resource } from '../resources.ts';
import { inRange, isEdge, pickAddress, serviceRanges } from '../service-ranges.ts';
import type { Strategy } from '../strategy.ts';
import { type FieldError, invalid } from '../validation/field.ts';
import { dnsLabel1035 } from '../validation/names.ts';
import { validateServiceSpec } from '../validation/service.ts';

const SERVICES = resource('', 'services');
const ADDRESSES = resource('networking.k8s.io', 'ipaddresses');

export const services: Strategy = {
  nameRule: dnsLabel1035,
  returnsDeleted: true,
  createOnUpdate: true,
  fields: {
    'spec.clusterIP': (service) => String(service.spec?.clusterIP ?? ''),
    'spec.type': (service) => String(service.spec?.type ?? ''),
  },
  defaults(object) {
    const spec = specOf(object);
    spec.type ??= 'ClusterIP';
    spec.sessionAffinity ??= 'None';
    if (spec.type !== 'ExternalName') spec.internalTrafficPolicy ??= 'Cluster';
    if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') spec.externalTrafficPolicy ??= 'Cluster';
    if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
    for (const port of spec.ports ?? []) {
      port.protocol ??= 'TCP';
      port.targetPort ??= port.port;
    }
    if (spec.clusterIP && !spec.clusterIPs) spec.clusterIPs = [spec.clusterIP];
    if (!spec.clusterIP && spec.clusterIPs?.[0]) spec.clusterIP = spec.clusterIPs[0];
  },
  prepareCreate(object) {
    object.status = { loadBalancer: {} };
  },
  validate: (object) => validateServiceSpec(specOf(object)),
  prepareUpdate(next, previous) {
    const [spec, old] = [specOf(next), specOf(previous)];
    // A client that leaves the address out keeps it.
    if (!spec.clusterIP && old.clusterIP && spec.type !== 'ExternalName') spec.clusterIP = old.clusterIP;
    if (spec.clusterIP === old.clusterIP && old.clusterIPs) spec.clusterIPs = old.clusterIPs;
    else if (spec.clusterIP) spec.clusterIPs = [spec.clusterIP];
    spec.ipFamilies ??= old.ipFamilies as string[];
    spec.ipFamilyPolicy ??= old.ipFamilyPolicy as string;
    for (const port of spec.ports ?? []) {
      const same = (old.ports ?? []).find((other) => other.port === port.port && other.protocol === port.protocol);
      if (usesNodePorts(spec) && !port.nodePort && same?.nodePort) port.nodePort = same.nodePort;
    }
  },
  validateUpdate(next, previous) {
    const [spec, old] = [specOf(next), specOf(previous)];
    if (old.clusterIP && spec.clusterIP !== old.clusterIP && spec.type !== 'ExternalName') {
      return [invalid('spec.clusterIPs[0]', spec.clusterIPs ?? [], 'may not change once set')];
    }
    return validateServiceSpec(spec);
  },
  allocate,
  release(object, { store }) {
    for (const address of specOf(object).clusterIPs ?? []) {
      const held = store.get(ADDRESSES, '', address);
      const parent = view<{ parentRef?: { namespace?: string; name?: string } }>(held?.spec ?? {}).parentRef;
      const mine = parent?.namespace === object.metadata.namespace && parent?.name === object.metadata.name;
      const replaced = store.get(SERVICES, object.metadata.namespace ?? '', object.metadata.name);
      const others = replaced !== undefined && replaced.metadata.uid !== object.metadata.uid;
      if (held !== undefined && mine && !(others && specOf(replaced).clusterIPs?.includes(address))) {
        store.remove(ADDRESSES, held);
      }
    }
  },
};

export const serviceAddresses: Strategy = {
  nameRule: (name) => (isIP(name) === 0 ? ['must be a valid IP address'] : []),
  fields: { 'spec.parentRef.name': () => '' },
};

function specOf(object: ApiObject): V1ServiceSpec {
  object.spec ??= {};
  return view<V1ServiceSpec>(object.spec);
}

function usesNodePorts(spec: V1ServiceSpec): boolean {
  return spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
}

function allocate(
  next: ApiObject,
  previous: ApiObject | undefined,
  cluster: ClusterState,
  dryRun: boolean,
): FieldError[] {
  const spec = specOf(next);
  if (spec.type === 'ExternalName') return [];
  spec.ipFamilies ??= ['IPv4'];
  spec.ipFamilyPolicy ??= 'SingleStack';
  // Ports are looked at first: a clash there must not cost an address.
  const errors = allocatePorts(next, cluster);
  if (errors.length > 0) return errors;
  if (spec.clusterIP === 'None' || (previous !== undefined && specOf(previous).clusterIP)) return [];
  const wanted = spec.clusterIP;
  const fault = wanted ? addressFault(wanted, cluster) : undefined;
  if (fault !== undefined) return [invalid('spec.clusterIPs', [wanted], `failed to allocate IP ${wanted}: ${fault}`)];
  const taken = (address: string) => cluster.store.get(ADDRESSES, '', address) !== undefined;
  const address = wanted || pickAddress(cluster.serviceRange, taken);
  if (address === undefined) return [invalid('spec.clusterIPs', [], 'failed to allocate a serviceIP: range is full')];
  spec.clusterIP = address;
  spec.clusterIPs = [address];
  if (!dryRun) cluster.store.put(ADDRESSES, addressObject(address, next));
  return [];
}

function addressFault(address: string, cluster: ClusterState): string | undefined {
  const range = serviceRanges(cluster).find((candidate) => inRange(candidate, address));
  if (range === undefined) return 'the provided network does not match the current range';
  if (isEdge(range, address)) return 'the provided IP is not in the valid range';
  if (cluster.store.get(ADDRESSES, '', address) !== undefined) return 'provided IP is already allocated';
  return undefined;
}

function addressObject(address: string, service: ApiObject): ApiObject {
  return {
    kind: 'IPAddress',
    apiVersion: apiVersion(ADDRESSES),
    metadata: {
      name: address,
      uid: crypto.randomUUID(),
      resourceVersion: '',
      creationTimestamp: timestamp(),
      labels: {
        'ipaddress.kubernetes.io/ip-family': 'IPv4',
        'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
      },
    },
    spec: {
      parentRef: { resource: 'services', namespace: service.metadata.namespace, name: service.metadata.name },
    },
  };
}

function allocatePorts(service: ApiObject, { store, nodePorts }: ClusterState): FieldError[] {
  const spec = specOf(service);
  if (!usesNodePorts(spec)) return [];
  const taken = new Set<number>();
  for (const other of store.list(SERVICES, '')) {
    if (other.metadata.name === service.metadata.name && other.metadata.namespace === service.metadata.namespace)
      continue;
    for (const port of specOf(other).ports ?? []) if (port.nodePort) taken.add(port.nodePort);
  }
  const { first, last } = nodePorts;
  const errors: FieldError[] = [];
  for (const [index, port] of (spec.ports ?? []).entries()) {
    const field = `spec.ports[${index}].nodePort`;
    if (!port.nodePort) {
      do port.nodePort = randomInt(first, last + 1);
      while (taken.has(port.nodePort));
    } else if (port.nodePort < first || port.nodePort > last) {
      const detail = `provided port is not in the valid range. The range of valid ports is ${first}-${last}`;
      errors.push(invalid(field, port.nodePort, detail));
    } else if (taken.has(port.nodePort)) {
      errors.push(invalid(field, port.nodePort, 'provided port is already allocated'));
    }
    taken.add(port.nodePort);
  }
  return errors;
}

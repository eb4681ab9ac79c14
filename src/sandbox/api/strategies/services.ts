import { randomInt } from 'node:crypto';
import { isIP } from 'node:net';
import type { V1ServiceSpec } from '@kubernetes/client-node/dist/gen/models/V1ServiceSpec.js';
import type { ClusterState } from '../cluster-state.ts';
import { type ApiObject, timestamp, view } from '../object.ts';
import { apiVersion, resource } from '../resources.ts';
import { type Family, familyOf, isServiceAddress, pickAddress, serviceRanges } from '../service-ranges.ts';
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
  validate: (object) => [...validateServiceSpec(specOf(object)), ...otherFamily(specOf(object))],
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
  const families = familiesOf(spec);
  spec.ipFamilies = families;
  spec.ipFamilyPolicy ??= 'SingleStack';
  // Ports are looked at first: a clash there must not cost an address.
  const errors = allocatePorts(next, cluster);
  if (errors.length > 0) return errors;
  if (spec.clusterIP === 'None' || (previous !== undefined && specOf(previous).clusterIP)) return [];
  const taken = (address: string) => cluster.store.get(ADDRESSES, '', address) !== undefined;
  const addresses: string[] = [];
  for (const [index, family] of families.entries()) {
    const wanted = spec.clusterIPs?.[index];
    const fault = wanted ? addressFault(wanted, cluster) : undefined;
    if (fault !== undefined) return [invalid('spec.clusterIPs', [wanted], `failed to allocate IP ${wanted}: ${fault}`)];
    const address = wanted || pickAddress(serviceRanges(cluster, family)[0] ?? '', taken);
    if (address === undefined) return [invalid('spec.clusterIPs', [], 'failed to allocate a serviceIP: range is full')];
    addresses.push(address);
  }
  spec.clusterIP = addresses[0] ?? '';
  spec.clusterIPs = addresses;
  if (!dryRun) for (const address of addresses) cluster.store.put(ADDRESSES, addressObject(address, next));
  return [];
}

/** Families of a Service: as it says, else its addresses', else the cluster's first; both where its policy wants both. */
function familiesOf({ clusterIPs = [], ipFamilies, ipFamilyPolicy }: V1ServiceSpec): Family[] {
  const given = clusterIPs.filter((address) => address !== 'None').map(familyOf);
  const [first = 'IPv4', ...others] = (ipFamilies as Family[] | undefined) ?? given;
  const dual = ipFamilyPolicy === 'PreferDualStack' || ipFamilyPolicy === 'RequireDualStack';
  return dual ? [first, first === 'IPv4' ? 'IPv6' : 'IPv4'] : [first, ...others];
}

function otherFamily({ clusterIPs = [], ipFamilies = [] }: V1ServiceSpec): FieldError[] {
  return clusterIPs.flatMap((address, index) => {
    const family = ipFamilies[index];
    if (family === undefined || isIP(address) === 0 || familyOf(address) === family) return [];
    const detail = `expected an ${family} value as indicated by \`ipFamilies[${index}]\``;
    return [invalid(`spec.clusterIPs[${index}]`, address, detail)];
  });
}

function addressFault(address: string, cluster: ClusterState): string | undefined {
  const ranges = serviceRanges(cluster, familyOf(address));
  if (!ranges.some((range) => isServiceAddress(range, address)))
    return 'the provided network does not match the current range';
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
        'ipaddress.kubernetes.io/ip-family': familyOf(address),
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

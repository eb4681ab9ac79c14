import { isIP } from 'node:net';
import type { V1ServicePort } from '@kubernetes/client-node/dist/gen/models/V1ServicePort.js';
import type { V1ServiceSpec } from '@kubernetes/client-node/dist/gen/models/V1ServiceSpec.js';
import { duplicate, type FieldError, invalid, required, unsupported } from './field.ts';
import { validateLabels } from './metadata.ts';
import { dnsLabel } from './names.ts';

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

/** The rules of ValidateService a CPI's Services can break. */
export function validateServiceSpec(spec: V1ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const ports = spec.ports ?? [];
  for (const [index, address] of (spec.clusterIPs ?? []).entries()) {
    if (address === 'None' || isIP(address) !== 0) continue;
    errors.push(
      invalid(`spec.clusterIPs[${index}]`, address, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'),
    );
  }
  if (errors.length > 0) return errors;
  if (ports.length === 0 && spec.clusterIP !== 'None' && spec.type !== 'ExternalName')
    errors.push(required('spec.ports'));
  const names = new Set<string>();
  for (const [index, port] of ports.entries()) {
    errors.push(...validatePort(port, `spec.ports[${index}]`, ports.length > 1, names));
  }
  errors.push(...validateLabels(spec.selector ?? {}, 'spec.selector'));
  if (spec.sessionAffinity && !['ClientIP', 'None'].includes(spec.sessionAffinity)) {
    errors.push(unsupported('spec.sessionAffinity', spec.sessionAffinity, ['ClientIP', 'None']));
  }
  if (!TYPES.includes(spec.type ?? '')) errors.push(unsupported('spec.type', spec.type, TYPES));
  const seen = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const key = `${port.protocol} ${port.port}`;
    if (seen.has(key)) errors.push(duplicate(`spec.ports[${index}]`, internalPort(port)));
    seen.add(key);
  }
  return errors;
}

function validatePort(port: V1ServicePort, path: string, nameNeeded: boolean, names: Set<string>): FieldError[] {
  const errors: FieldError[] = [];
  if (!port.name) {
    if (nameNeeded) errors.push(required(`${path}.name`));
  } else {
    for (const message of dnsLabel(port.name)) errors.push(invalid(`${path}.name`, port.name, message));
    if (names.has(port.name)) errors.push(duplicate(`${path}.name`, port.name));
    names.add(port.name);
  }
  if (!(port.port >= 1 && port.port <= 65535)) {
    errors.push(invalid(`${path}.port`, port.port ?? 0, 'must be between 1 and 65535, inclusive'));
  }
  const target = port.targetPort as unknown;
  if (typeof target === 'number' && !(target >= 1 && target <= 65535)) {
    errors.push(invalid(`${path}.targetPort`, target, 'must be between 1 and 65535, inclusive'));
  }
  if (!PROTOCOLS.includes(port.protocol ?? '')) errors.push(unsupported(`${path}.protocol`, port.protocol, PROTOCOLS));
  return errors;
}

/** The real message shows Go's internal struct, where only what tells ports apart is set. */
function internalPort(port: V1ServicePort) {
  return { Name: '', Protocol: port.protocol, AppProtocol: null, Port: port.port, TargetPort: 0, NodePort: 0 };
}

import { isIP } from 'node:net';
import type { V1Container } from '@kubernetes/client-node/dist/gen/models/V1Container.js';
import type { V1PodSpec } from '@kubernetes/client-node/dist/gen/models/V1PodSpec.js';
import { quantity } from '../quantity.ts';
import { denied, duplicate, type FieldError, invalid, required, unsupported } from './field.ts';
import { validateLabels } from './metadata.ts';
import { dnsLabel, dnsSubdomain, envName, qualifiedName } from './names.ts';
import { type PodVolumes, validateMounts, validateVolumes } from './pod-volumes.ts';

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];
const MAX_NAMESERVERS = 3;

/** The rules of ValidatePodSpec a CPI's pods can break, in the real server's order. */
export function validatePodSpec(spec: V1PodSpec, allowPrivileged: boolean): FieldError[] {
  const volumes = validateVolumes(spec.volumes ?? [], 'spec.volumes');
  return [
    ...volumes.errors,
    ...validateContainers(spec.containers ?? [], volumes, allowPrivileged, 'spec.containers'),
    ...validateInitContainers(spec, volumes, allowPrivileged),
    ...oneOf(spec.restartPolicy ?? '', RESTART_POLICIES, 'spec.restartPolicy'),
    ...oneOf(spec.dnsPolicy ?? '', DNS_POLICIES, 'spec.dnsPolicy'),
    ...validateLabels(spec.nodeSelector ?? {}, 'spec.nodeSelector'),
    ...validateDns(spec),
    ...named(spec.serviceAccountName, 'spec.serviceAccountName', dnsSubdomain),
    ...named(spec.nodeName, 'spec.nodeName', dnsSubdomain),
    ...named(spec.hostname, 'spec.hostname', dnsLabel),
    ...named(spec.subdomain, 'spec.subdomain', dnsLabel),
    ...validateTolerations(spec),
    ...named(spec.priorityClassName, 'spec.priorityClassName', dnsSubdomain),
  ];
}

function named(value: string | undefined, field: string, rule: (name: string) => string[]): FieldError[] {
  return value ? rule(value).map((message) => invalid(field, value, message)) : [];
}

function oneOf(value: string, supported: readonly string[], field: string): FieldError[] {
  if (value === '') return [required(field)];
  return supported.includes(value) ? [] : [unsupported(field, value, supported)];
}

function validateContainers(
  containers: readonly V1Container[],
  volumes: PodVolumes,
  allowPrivileged: boolean,
  field: string,
): FieldError[] {
  if (containers.length === 0) return [required(field)];
  const names = new Set<string>();
  return containers.flatMap((container, index) => {
    const path = `${field}[${index}]`;
    const errors = validateContainer(container, volumes, allowPrivileged, path);
    if (names.has(container.name)) errors.push(duplicate(`${path}.name`, container.name));
    names.add(container.name);
    return errors;
  });
}

function validateInitContainers(spec: V1PodSpec, volumes: PodVolumes, allowPrivileged: boolean): FieldError[] {
  const names = new Set((spec.containers ?? []).map(({ name }) => name));
  return (spec.initContainers ?? []).flatMap((container, index) => {
    const path = `spec.initContainers[${index}]`;
    const errors = validateContainer(container, volumes, allowPrivileged, path);
    if (names.has(container.name)) errors.push(duplicate(`${path}.name`, container.name));
    names.add(container.name);
    return errors;
  });
}

function validateContainer(
  container: V1Container,
  volumes: PodVolumes,
  allowPrivileged: boolean,
  path: string,
): FieldError[] {
  const errors: FieldError[] = container.name
    ? dnsLabel(container.name).map((message) => invalid(`${path}.name`, container.name, message))
    : [required(`${path}.name`)];
  if (!container.image) errors.push(required(`${path}.image`));
  for (const [index, port] of (container.ports ?? []).entries()) {
    if (!(port.containerPort >= 1 && port.containerPort <= 65535)) {
      errors.push(
        port.containerPort
          ? invalid(
              `${path}.ports[${index}].containerPort`,
              port.containerPort,
              'must be between 1 and 65535, inclusive',
            )
          : required(`${path}.ports[${index}].containerPort`),
      );
    }
  }
  for (const [index, { name }] of (container.env ?? []).entries()) {
    if (!name) errors.push(required(`${path}.env[${index}].name`));
    else for (const message of envName(name)) errors.push(invalid(`${path}.env[${index}].name`, name, message));
  }
  errors.push(...validateMounts(container, volumes, path));
  errors.push(...oneOf(container.imagePullPolicy ?? '', PULL_POLICIES, `${path}.imagePullPolicy`));
  errors.push(...validateResources(container, `${path}.resources`));
  const security = container.securityContext;
  if (security?.privileged && !allowPrivileged) {
    errors.push(denied(`${path}.securityContext.privileged`, 'disallowed by cluster policy'));
  }
  if (security?.allowPrivilegeEscalation === false && security.privileged) {
    errors.push(
      invalid(
        `${path}.securityContext`,
        security,
        'cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
      ),
    );
  }
  return errors;
}

function validateResources(container: V1Container, path: string): FieldError[] {
  const { limits = {}, requests = {} } = container.resources ?? {};
  const errors: FieldError[] = [];
  for (const [part, list] of [
    ['limits', limits],
    ['requests', requests],
  ] as const) {
    for (const [name, amount] of Object.entries(list)) {
      const field = `${path}.${part}[${name}]`;
      for (const message of qualifiedName(name)) errors.push(invalid(`${path}.${part}`, name, message));
      if (
        !name.includes('/') &&
        !['cpu', 'memory', 'ephemeral-storage'].includes(name) &&
        !name.startsWith('hugepages-')
      ) {
        errors.push(invalid(field, name, 'must be a standard resource type or fully qualified'));
        errors.push(invalid(field, name, 'must be a standard resource for containers'));
      }
      if ((quantity(amount) ?? 0n) < 0n) errors.push(invalid(field, amount, 'must be greater than or equal to 0'));
    }
  }
  for (const [name, request] of Object.entries(requests)) {
    const limit = limits[name];
    if (limit === undefined || (quantity(request) ?? 0n) <= (quantity(limit) ?? 0n)) continue;
    errors.push(invalid(`${path}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`));
  }
  return errors;
}

function validateDns({ dnsConfig, dnsPolicy }: V1PodSpec): FieldError[] {
  const field = 'spec.dnsConfig.nameservers';
  const servers = dnsConfig?.nameservers ?? [];
  const errors: FieldError[] = [];
  if (dnsPolicy === 'None' && servers.length === 0) {
    errors.push(required(dnsConfig === undefined ? 'spec.dnsConfig' : field, noneDetail(dnsConfig === undefined)));
  }
  if (servers.length > MAX_NAMESERVERS) {
    errors.push(invalid(field, servers, `must not have more than ${MAX_NAMESERVERS} nameservers`));
  }
  for (const [index, server] of servers.entries()) {
    if (isIP(server) === 0) {
      errors.push(
        invalid(`${field}[${index}]`, server, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'),
      );
    }
  }
  return errors;
}

function noneDetail(wholeConfig: boolean): string {
  return wholeConfig
    ? 'must provide `dnsConfig` when `dnsPolicy` is None'
    : 'must provide at least one DNS nameserver when `dnsPolicy` is None';
}

function validateTolerations({ tolerations = [] }: V1PodSpec): FieldError[] {
  return tolerations.flatMap((toleration, index) => {
    const path = `spec.tolerations[${index}]`;
    const errors: FieldError[] = [];
    if (toleration.key) {
      for (const message of qualifiedName(toleration.key)) errors.push(invalid(`${path}.key`, toleration.key, message));
    } else if (toleration.operator !== 'Exists') {
      const detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      errors.push(invalid(`${path}.operator`, toleration.operator ?? '', detail));
    }
    if (toleration.operator && !['Equal', 'Exists'].includes(toleration.operator)) {
      errors.push(unsupported(`${path}.operator`, toleration.operator, ['Equal', 'Exists']));
    }
    if (toleration.operator === 'Exists' && toleration.value) {
      errors.push(invalid(`${path}.operator`, toleration, "value must be empty when `operator` is 'Exists'"));
    }
    if (toleration.effect && !['NoSchedule', 'PreferNoSchedule', 'NoExecute'].includes(toleration.effect)) {
      errors.push(unsupported(`${path}.effect`, toleration.effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute']));
    }
    return errors;
  });
}

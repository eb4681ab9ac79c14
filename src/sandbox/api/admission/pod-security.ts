import type { V1Container } from '@kubernetes/client-node/dist/gen/models/V1Container.js';
import type { V1PodSpec } from '@kubernetes/client-node/dist/gen/models/V1PodSpec.js';
import type { ClusterState } from '../cluster-state.ts';
import { type ApiObject, view } from '../object.ts';
import { resource } from '../resources.ts';
import { forbidden } from '../status.ts';

const DEFAULT_CAPABILITIES = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
];
const RESTRICTED_VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

type Check = (spec: V1PodSpec, containers: readonly V1Container[]) => string | undefined;

/** Checks of the baseline profile, in the order of their names as the real server runs them. */
const baseline: readonly Check[] = [
  (spec, containers) => appArmor(spec, containers),
  (_spec, containers) => capabilities(containers),
  (spec) => hostNamespaces(spec),
  (spec) => {
    const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name);
    return names.length > 0 ? `hostPath volumes (${counted('volume', names)})` : undefined;
  },
  (_spec, containers) => hostPorts(containers),
  (_spec, containers) => privileged(containers),
  (spec, containers) => seccomp(spec, containers),
];

const restricted: readonly Check[] = [
  (spec, containers) => appArmor(spec, containers),
  (spec) => hostNamespaces(spec),
  (_spec, containers) => hostPorts(containers),
  (_spec, containers) => privileged(containers),
  (_spec, containers) => {
    const names = containers
      .filter(({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false)
      .map(({ name }) => name);
    return names.length === 0
      ? undefined
      : `allowPrivilegeEscalation != false (${counted('container', names)} must set securityContext.allowPrivilegeEscalation=false)`;
  },
  (_spec, containers) => restrictedCapabilities(containers),
  (spec) => restrictedVolumes(spec),
  (spec, containers) => {
    if (spec.securityContext?.runAsNonRoot === true) return undefined;
    const names = containers
      .filter(({ securityContext }) => securityContext?.runAsNonRoot !== true)
      .map(({ name }) => name);
    return names.length === 0
      ? undefined
      : `runAsNonRoot != true (pod or ${counted('container', names)} must set securityContext.runAsNonRoot=true)`;
  },
  (spec, containers) => {
    const forbidden = seccomp(spec, containers);
    if (forbidden !== undefined || spec.securityContext?.seccompProfile) return forbidden;
    const names = containers.filter(({ securityContext }) => !securityContext?.seccompProfile).map(({ name }) => name);
    return names.length === 0
      ? undefined
      : `seccompProfile (pod or ${counted('container', names)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")`;
  },
];

/**
 * Pod Security admission by the namespace's `enforce` label.
 * @throws ApiStatus 403
 */
export function admitPodSecurity(pod: ApiObject, { store }: ClusterState): void {
  const namespace = store.get(resource('', 'namespaces'), '', pod.metadata.namespace ?? '');
  const labels = namespace?.metadata.labels ?? {};
  const level = labels['pod-security.kubernetes.io/enforce'] ?? 'privileged';
  if (level !== 'baseline' && level !== 'restricted') return;
  const version = labels['pod-security.kubernetes.io/enforce-version'] ?? 'latest';
  const spec = view<V1PodSpec>(pod.spec ?? {});
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  const found = (level === 'baseline' ? baseline : restricted)
    .map((check) => check(spec, containers))
    .filter((violation) => violation !== undefined);
  if (found.length === 0) return;
  const profile = JSON.stringify(`${level}:${version}`);
  throw forbidden(resource('', 'pods'), pod.metadata.name, `violates PodSecurity ${profile}: ${found.join(', ')}`);
}

function counted(noun: string, names: readonly string[]): string {
  return `${noun}${names.length === 1 ? '' : 's'} ${names.map((name) => JSON.stringify(name)).join(', ')}`;
}

function appArmor(spec: V1PodSpec, containers: readonly V1Container[]): string | undefined {
  const isUnconfined = (context: { appArmorProfile?: { type: string } } | undefined) =>
    context?.appArmorProfile?.type === 'Unconfined';
  const names = containers.filter(({ securityContext }) => isUnconfined(securityContext)).map(({ name }) => name);
  const setters = [
    ...(isUnconfined(spec.securityContext) ? ['pod'] : []),
    ...(names.length > 0 ? [counted('container', names)] : []),
  ];
  return setters.length > 0
    ? `forbidden AppArmor profile (${setters.join(' and ')} must not set AppArmor profile type to "Unconfined")`
    : undefined;
}

function hostNamespaces(spec: V1PodSpec): string | undefined {
  const used = (['hostNetwork', 'hostPID', 'hostIPC'] as const)
    .filter((field) => spec[field])
    .map((field) => `${field}=true`);
  return used.length > 0 ? `host namespaces (${used.join(', ')})` : undefined;
}

function privileged(containers: readonly V1Container[]): string | undefined {
  const names = containers.filter(({ securityContext }) => securityContext?.privileged).map(({ name }) => name);
  return names.length > 0
    ? `privileged (${counted('container', names)} must not set securityContext.privileged=true)`
    : undefined;
}

function hostPorts(containers: readonly V1Container[]): string | undefined {
  const users = containers.filter(({ ports }) => ports?.some(({ hostPort }) => hostPort));
  if (users.length === 0) return undefined;
  const ports = [
    ...new Set(users.flatMap((container) => (container.ports ?? []).map(({ hostPort }) => hostPort ?? 0))),
  ];
  const noun = ports.filter((port) => port > 0).length === 1 ? 'hostPort' : 'hostPorts';
  return `hostPort (${counted(
    'container',
    users.map(({ name }) => name),
  )} ${users.length === 1 ? 'uses' : 'use'} ${noun} ${ports.filter((port) => port > 0).join(', ')})`;
}

function addedBeyond(containers: readonly V1Container[], allowed: readonly string[]) {
  const names: string[] = [];
  const added = new Set<string>();
  for (const { name, securityContext } of containers) {
    const beyond = (securityContext?.capabilities?.add ?? []).filter((capability) => !allowed.includes(capability));
    if (beyond.length > 0) names.push(name);
    for (const capability of beyond) added.add(capability);
  }
  const shown = [...added].sort().map((capability) => JSON.stringify(capability));
  return { names, shown: shown.join(', ') };
}

function capabilities(containers: readonly V1Container[]): string | undefined {
  const { names, shown } = addedBeyond(containers, DEFAULT_CAPABILITIES);
  return names.length === 0
    ? undefined
    : `non-default capabilities (${counted('container', names)} must not include ${shown} in securityContext.capabilities.add)`;
}

function restrictedCapabilities(containers: readonly V1Container[]): string | undefined {
  const keeping = containers
    .filter(({ securityContext }) => !securityContext?.capabilities?.drop?.includes('ALL'))
    .map(({ name }) => name);
  const { names, shown } = addedBeyond(containers, ['NET_BIND_SERVICE']);
  const parts = [
    ...(keeping.length > 0
      ? [`${counted('container', keeping)} must set securityContext.capabilities.drop=["ALL"]`]
      : []),
    ...(names.length > 0
      ? [`${counted('container', names)} must not include ${shown} in securityContext.capabilities.add`]
      : []),
  ];
  return parts.length > 0 ? `unrestricted capabilities (${parts.join('; ')})` : undefined;
}

function seccomp(spec: V1PodSpec, containers: readonly V1Container[]): string | undefined {
  const setters = [
    ...(spec.securityContext?.seccompProfile?.type === 'Unconfined' ? ['pod'] : []),
    ...(() => {
      const names = containers
        .filter(({ securityContext }) => securityContext?.seccompProfile?.type === 'Unconfined')
        .map(({ name }) => name);
      return names.length > 0 ? [counted('container', names)] : [];
    })(),
  ];
  return setters.length > 0
    ? `seccompProfile (${setters.join(' and ')} must not set securityContext.seccompProfile.type to "Unconfined")`
    : undefined;
}

function restrictedVolumes(spec: V1PodSpec): string | undefined {
  const typeOf = (volume: object) => Object.keys(volume).find((key) => key !== 'name') ?? '';
  const bad = (spec.volumes ?? []).filter((volume) => !RESTRICTED_VOLUMES.includes(typeOf(volume)));
  if (bad.length === 0) return undefined;
  const types = [...new Set(bad.map(typeOf))].sort().map((type) => JSON.stringify(type));
  const verb = bad.length === 1 ? 'uses' : 'use';
  const noun = types.length === 1 ? 'type' : 'types';
  const names = counted(
    'volume',
    bad.map(({ name }) => name),
  );
  return `restricted volume types (${names} ${verb} restricted volume ${noun} ${types.join(', ')})`;
}

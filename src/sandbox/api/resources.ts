/** What the embedded API serves. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  /** Has a `status` subresource: a write to the main resource leaves `status` alone and the other way round. */
  readonly status: boolean;
  /** `metadata.generation` counts changes of the spec. */
  readonly generation: boolean;
  /** Defined by a CustomResourceDefinition on a real server: lists carry no defaults, other field labels, other patches. */
  readonly custom: boolean;
  /** A virtual resource: it can be created, and is answered at once, but never stored. */
  readonly virtual: boolean;
}

type Options = Partial<Pick<Resource, 'namespaced' | 'shortNames' | 'status' | 'generation' | 'custom' | 'virtual'>>;

function define(group: string, plural: string, kind: string, options: Options = {}, version = 'v1'): Resource {
  return {
    group,
    version,
    plural,
    singular: kind.toLowerCase(),
    kind,
    namespaced: true,
    shortNames: [],
    status: false,
    generation: false,
    custom: false,
    virtual: false,
    ...options,
  };
}

const cluster = { namespaced: false } as const;
const virtual = { namespaced: false, virtual: true } as const;
const SNAPSHOTS = 'snapshot.storage.k8s.io';

export const resources: readonly Resource[] = [
  define('', 'namespaces', 'Namespace', { ...cluster, status: true, shortNames: ['ns'] }),
  define('', 'pods', 'Pod', { status: true, generation: true, shortNames: ['po'] }),
  define('', 'secrets', 'Secret'),
  define('', 'configmaps', 'ConfigMap', { shortNames: ['cm'] }),
  define('', 'services', 'Service', { status: true, shortNames: ['svc'] }),
  define('', 'endpoints', 'Endpoints', { shortNames: ['ep'] }),
  define('', 'persistentvolumeclaims', 'PersistentVolumeClaim', { status: true, shortNames: ['pvc'] }),
  define('', 'persistentvolumes', 'PersistentVolume', { ...cluster, status: true, shortNames: ['pv'] }),
  define('', 'events', 'Event', { shortNames: ['ev'] }),
  define('', 'nodes', 'Node', { ...cluster, status: true, shortNames: ['no'] }),
  define('', 'serviceaccounts', 'ServiceAccount', { shortNames: ['sa'] }),
  define('', 'resourcequotas', 'ResourceQuota', { status: true, shortNames: ['quota'] }),
  define('policy', 'poddisruptionbudgets', 'PodDisruptionBudget', {
    status: true,
    generation: true,
    shortNames: ['pdb'],
  }),
  define('storage.k8s.io', 'storageclasses', 'StorageClass', { ...cluster, shortNames: ['sc'] }),
  define('storage.k8s.io', 'volumeattributesclasses', 'VolumeAttributesClass', { ...cluster, shortNames: ['vac'] }),
  define('storage.k8s.io', 'volumeattachments', 'VolumeAttachment', { ...cluster, status: true }),
  define('storage.k8s.io', 'csinodes', 'CSINode', cluster),
  define(SNAPSHOTS, 'volumesnapshots', 'VolumeSnapshot', {
    status: true,
    generation: true,
    custom: true,
    shortNames: ['vs'],
  }),
  define(SNAPSHOTS, 'volumesnapshotcontents', 'VolumeSnapshotContent', {
    ...cluster,
    status: true,
    generation: true,
    custom: true,
    shortNames: ['vsc', 'vscs'],
  }),
  define(SNAPSHOTS, 'volumesnapshotclasses', 'VolumeSnapshotClass', {
    ...cluster,
    generation: true,
    custom: true,
    shortNames: ['vsclass', 'vsclasses'],
  }),
  define('networking.k8s.io', 'servicecidrs', 'ServiceCIDR', { ...cluster, status: true }),
  define('networking.k8s.io', 'ipaddresses', 'IPAddress', { ...cluster, shortNames: ['ip'] }),
  define('networking.k8s.io', 'networkpolicies', 'NetworkPolicy', { generation: true, shortNames: ['netpol'] }),
  define('discovery.k8s.io', 'endpointslices', 'EndpointSlice', { generation: true }),
  define('coordination.k8s.io', 'leases', 'Lease'),
  define('scheduling.k8s.io', 'priorityclasses', 'PriorityClass', { ...cluster, generation: true, shortNames: ['pc'] }),
  define('rbac.authorization.k8s.io', 'roles', 'Role'),
  define('rbac.authorization.k8s.io', 'rolebindings', 'RoleBinding'),
  define('rbac.authorization.k8s.io', 'clusterroles', 'ClusterRole', cluster),
  define('rbac.authorization.k8s.io', 'clusterrolebindings', 'ClusterRoleBinding', cluster),
  define('authorization.k8s.io', 'selfsubjectaccessreviews', 'SelfSubjectAccessReview', virtual),
  define('authentication.k8s.io', 'selfsubjectreviews', 'SelfSubjectReview', virtual),
];

const byPath = new Map(resources.map((resource) => [resourceKey(resource), resource]));

/** `policy/poddisruptionbudgets`, `/pods`. */
export function resourceKey(resource: Pick<Resource, 'group' | 'plural'>): string {
  return `${resource.group}/${resource.plural}`;
}

export function findResource(group: string, plural: string): Resource | undefined {
  return byPath.get(`${group}/${plural}`);
}

export function findKind(group: string, kind: string): Resource | undefined {
  return resources.find((resource) => resource.group === group && resource.kind === kind);
}

/** A resource that must be in the table. */
export function resource(group: string, plural: string): Resource {
  const found = findResource(group, plural);
  if (found === undefined) throw new Error(`the embedded API serves no ${plural} in group "${group}"`);
  return found;
}

/** `v1`, `policy/v1`. */
export function apiVersion(resource: Pick<Resource, 'group' | 'version'>): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

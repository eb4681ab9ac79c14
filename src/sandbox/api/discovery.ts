import { apiVersion, type Resource, resources } from './resources.ts';

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** Kubernetes' version the double follows. */
const KUBERNETES_VERSION = { major: '1', minor: '34', gitVersion: 'v1.34.4' } as const;

/** The answer to a discovery or health path; undefined for any other. */
export function discover(
  path: string,
  disabledGroups: ReadonlySet<string>,
): { text: string } | { json: unknown } | undefined {
  const served = resources.filter(({ group }) => !disabledGroups.has(group));
  switch (path.replace(/\/$/, '')) {
    case '/healthz':
    case '/livez':
    case '/readyz':
      return { text: 'ok' };
    case '/version':
      return {
        json: {
          ...KUBERNETES_VERSION,
          gitCommit: 'sandbox',
          gitTreeState: 'clean',
          buildDate: '1970-01-01T00:00:00Z',
          goVersion: 'none',
          compiler: 'none',
          platform: 'linux/amd64',
        },
      };
    case '/api':
      return { json: { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] } };
    case '/apis':
      return { json: { kind: 'APIGroupList', apiVersion: 'v1', groups: groupNames(served).map(group) } };
    default:
      break;
  }
  const [, root, name = '', version = ''] = path.split('/');
  if (root === 'api' && name === 'v1' && version === '') return { json: resourceList('v1', served, '') };
  if (root !== 'apis' || !groupNames(served).includes(name)) return undefined;
  if (version === '') return { json: { ...group(name), kind: 'APIGroup', apiVersion: 'v1' } };
  return version === 'v1' && path.split('/').length === 4
    ? { json: resourceList(`${name}/v1`, served, name) }
    : undefined;
}

function groupNames(served: readonly Resource[]): string[] {
  return [...new Set(served.map((resource) => resource.group))].filter((name) => name !== '');
}

function group(name: string) {
  const version = { groupVersion: `${name}/v1`, version: 'v1' };
  return { name, versions: [version], preferredVersion: version };
}

function resourceList(groupVersion: string, served: readonly Resource[], groupName: string) {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion,
    resources: served.filter((resource) => resource.group === groupName).flatMap(describe),
  };
}

function describe(resource: Resource) {
  const main = {
    name: resource.plural,
    singularName: resource.singular,
    namespaced: resource.namespaced,
    kind: resource.kind,
    verbs: resource.virtual ? ['create'] : VERBS,
    ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
  };
  const { shortNames: _shortNames, ...plain } = { shortNames: undefined, ...main };
  const status = { ...plain, name: `${resource.plural}/status`, singularName: '', verbs: ['get', 'patch', 'update'] };
  const extra = SUBRESOURCES[apiVersion(resource) + resource.plural] ?? [];
  return [
    main,
    ...(resource.status ? [status] : []),
    ...extra.map((name) => ({
      ...plain,
      name: `${resource.plural}/${name}`,
      singularName: '',
      verbs: ['create', 'get'],
    })),
  ];
}

const SUBRESOURCES: Readonly<Record<string, readonly string[]>> = {
  v1pods: ['binding', 'eviction', 'exec', 'log'],
  v1serviceaccounts: ['token'],
};

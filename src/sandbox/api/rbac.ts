import type { User } from './auth.ts';
import { type ApiObject, view } from './object.ts';
import { type Resource, resource } from './resources.ts';
import { ApiStatus, quote } from './status.ts';
import type { Store } from './store.ts';

interface Rule {
  readonly verbs?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

interface Binding {
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
}

/** One thing somebody wants to do. */
export interface Attributes {
  readonly verb: string;
  readonly group: string;
  readonly plural: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

const RBAC = 'rbac.authorization.k8s.io';

/** Whether the RBAC objects of the cluster, the group system:masters or the rights of everybody allow it. */
export function isAllowed(store: Store, user: User, wanted: Attributes): boolean {
  if (user.groups.includes('system:masters')) return true;
  // system:basic-user lets everybody ask about themselves.
  if (wanted.verb === 'create' && /^selfsubject/.test(wanted.plural)) return true;
  return rulesFor(store, user, wanted.namespace).some((rule) => permits(rule, wanted));
}

function rulesFor(store: Store, user: User, namespace: string): Rule[] {
  const clusterWide = store.list(resource(RBAC, 'clusterrolebindings'), '');
  const local = namespace === '' ? [] : store.list(resource(RBAC, 'rolebindings'), namespace);
  return [...clusterWide, ...local]
    .filter((binding) => binds(binding, user))
    .flatMap((binding) => {
      const { kind, name } = view<Binding>(binding).roleRef;
      const role =
        kind === 'ClusterRole'
          ? store.get(resource(RBAC, 'clusterroles'), '', name)
          : store.get(resource(RBAC, 'roles'), binding.metadata.namespace ?? '', name);
      return role === undefined ? [] : (view<{ rules?: Rule[] }>(role).rules ?? []);
    });
}

function binds(binding: ApiObject, user: User): boolean {
  return (view<Binding>(binding).subjects ?? []).some(({ kind, name, namespace }) => {
    if (kind === 'ServiceAccount') return user.name === `system:serviceaccount:${namespace}:${name}`;
    return kind === 'Group' ? user.groups.includes(name) : user.name === name;
  });
}

function permits(rule: Rule, { verb, group, plural, subresource, name }: Attributes): boolean {
  const target = subresource === '' ? plural : `${plural}/${subresource}`;
  const has = (list: readonly string[] | undefined, value: string) => list?.includes(value) || list?.includes('*');
  const resources = has(rule.resources, target) || (subresource !== '' && rule.resources?.includes(`*/${subresource}`));
  const names = rule.resourceNames ?? [];
  return Boolean(
    has(rule.verbs, verb) && has(rule.apiGroups, group) && resources && (names.length === 0 || names.includes(name)),
  );
}

/** The 403 of a request nobody allowed, in the real server's words. */
export function denial(user: User, kind: Resource, wanted: Attributes): ApiStatus {
  const target = wanted.subresource === '' ? wanted.plural : `${wanted.plural}/${wanted.subresource}`;
  const scope = wanted.namespace === '' ? 'at the cluster scope' : `in the namespace ${quote(wanted.namespace)}`;
  const why = `User ${quote(user.name)} cannot ${wanted.verb} resource ${quote(target)} in API group ${quote(wanted.group)} ${scope}`;
  const qualified = wanted.group === '' ? wanted.plural : `${wanted.plural}.${wanted.group}`;
  const subject = wanted.name === '' ? qualified : `${qualified} ${quote(wanted.name)}`;
  return new ApiStatus(403, 'Forbidden', `${subject} is forbidden: ${why}`, {
    ...(wanted.name === '' ? {} : { name: wanted.name }),
    ...(kind.group === '' ? {} : { group: kind.group }),
    kind: kind.plural,
  });
}

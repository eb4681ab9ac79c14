import type { Operation } from './errors.ts';

/**
 * Tells what a request asks for, in RBAC's words, from its method and path.
 * @param method HTTP method
 * @param path path with query, e.g. `/api/v1/namespaces/bosh/pods/agent-1/exec?command=cat`
 * Source: https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb
 */
export function operationOf(method: string, path: string): Operation {
  const [pathname = '', query = ''] = path.split('?', 2);
  const [root, ...rest] = pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  const group = root === 'apis' ? rest[0] : undefined;
  const parts = root === 'api' ? rest.slice(1) : root === 'apis' ? rest.slice(2) : [];
  if (parts.length === 0) return { verb: method.toLowerCase(), resource: pathname === '' ? '/' : pathname };
  // `/namespaces/x` alone, and its own subresources, are the namespace itself; anything else is inside it.
  const inside = parts[0] === 'namespaces' && parts.length > 2 && !['status', 'finalize'].includes(parts[2] ?? '');
  const namespace = inside ? parts[1] : undefined;
  const [plural = '', name, subresource] = inside ? parts.slice(2) : parts;
  const qualified = group === undefined ? plural : `${plural}.${group}`;
  return {
    verb: verbOf(method, name, new URLSearchParams(query)),
    resource: subresource === undefined ? qualified : `${qualified}/${subresource}`,
    ...(name === undefined ? {} : { name }),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

function verbOf(method: string, name: string | undefined, query: URLSearchParams): string {
  switch (method) {
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return name === undefined ? 'deletecollection' : 'delete';
    default:
      if (['true', '1'].includes(query.get('watch') ?? '')) return 'watch';
      return name === undefined ? 'list' : 'get';
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

import type { Director } from '../director.ts';
import type { Asker } from '../jobs/instance.ts';
import type { Task } from '../tasks.ts';
import type { Answer } from './answer.ts';

/** A request that found its route. */
export interface Asked {
  readonly director: Director;
  readonly asker: Asker;
  /** What stands in the path's places, e.g. `deployment`. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** `/deployments/:deployment/vms` */
  readonly path: string;
  /** Who may: `read` is enough, or `admin` it must be; asked where it hangs on the query. */
  readonly scope: Scope | ((query: URLSearchParams) => Scope);
  /** Content type that the body must have; without it the route is another's. */
  readonly takes?: string;
  readonly handle: (asked: Asked) => Answer | Task;
}

export type Scope = 'admin' | 'read';

/** Finds the route of a request, and what stands in its places. */
export function findRoute(
  routes: readonly Route[],
  method: string | undefined,
  path: string,
  contentType: string,
): { readonly route: Route; readonly places: Readonly<Record<string, string>> } | undefined {
  const parts = path.split('/');
  for (const route of routes) {
    if (route.method !== method || (route.takes !== undefined && contentType.split(';')[0] !== route.takes)) continue;
    const places = match(route.path.split('/'), parts);
    if (places !== undefined) return { route, places };
  }
  return undefined;
}

function match(pattern: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined;
  const places: Record<string, string> = {};
  for (const [at, part] of pattern.entries()) {
    const given = decodeURIComponent(parts[at] ?? '');
    if (part.startsWith(':')) places[part.slice(1)] = given;
    else if (part !== given) return undefined;
  }
  return places;
}

/** A place of the path that the route has by its pattern. */
export function place({ path }: Asked, name: string): string {
  return path[name] ?? '';
}

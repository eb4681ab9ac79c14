import { isDenied } from '../director/errors.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import { isConflict, isForbidden } from '../kubernetes/errors.ts';
import type { ObjectRef } from './event.ts';
import { RefusedError } from './model.ts';

/** The refusal for what the API server or the Director does not grant; undefined for any other error. */
export function denial(error: unknown): RefusedError | undefined {
  if (isForbidden(error)) {
    return new RefusedError(
      `No right to ${error.verb} ${error.resource}: ${error.message}`,
      'Have it granted (manifests/operator-rbac.yml has all that actions need), or act with another context',
    );
  }
  if (!isDenied(error)) return undefined;
  return new RefusedError(`The Director does not grant it: ${error.message}`, 'Act as another user of the Director');
}

/** Why a step failed; of a write that met another's, who that was. */
export async function reasonOf(cluster: Cluster, about: ObjectRef, error: unknown): Promise<string> {
  const { message } = error as Error;
  if (!isConflict(error)) return message;
  const other = await lastWriter(cluster, about).catch(() => undefined);
  return `${about.kind} ${about.name} was changed meanwhile${other === undefined ? '' : ` by ${other}`}: ${message}`;
}

interface Managed {
  readonly metadata?: { readonly managedFields?: readonly { readonly manager?: string; readonly time?: string }[] };
}

/** Who wrote an object last, as the API server keeps it. */
async function lastWriter(cluster: Cluster, about: ObjectRef): Promise<string | undefined> {
  const { metadata } = await cluster.json<Managed>({ method: 'GET', path: pathOf(about) });
  const [last] = [...(metadata?.managedFields ?? [])].sort((a, b) => (b.time ?? '').localeCompare(a.time ?? ''));
  return last?.manager === undefined ? undefined : `${last.manager} at ${last.time ?? 'an unknown time'}`;
}

/** Where an object of the core group is. */
function pathOf({ namespace, kind, name }: ObjectRef): string {
  return `/api/v1/namespaces/${namespace}/${kind.toLowerCase()}s/${name}`;
}

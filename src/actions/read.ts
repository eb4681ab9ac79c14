import type { Cluster } from '../kubernetes/cluster.ts';
import { isNotFound } from '../kubernetes/errors.ts';
import { RefusedError } from './model.ts';

/** What every object has. */
export interface Meta {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
  readonly ownerReferences?: readonly { readonly uid: string; readonly name: string; readonly kind: string }[];
  readonly managedFields?: readonly { readonly manager?: string; readonly time?: string }[];
}

export interface Kubernetes {
  readonly metadata: Meta;
}

/** An object as the API server has it now, or undefined. @param path below the server */
export async function readObject<T extends Kubernetes>(cluster: Cluster, path: string): Promise<T | undefined> {
  try {
    return await cluster.json<T>({ method: 'GET', path });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/**
 * Changes an object that is still as it was when the action was planned, and that nobody changes between looking and writing.
 * @param known as it was then
 * @param same whether what matters of it is as it was
 * @param change merge patch
 * @throws RefusedError that names who changed it
 */
export async function patchObject<T extends Kubernetes>(
  cluster: Cluster,
  path: string,
  known: T,
  same: (now: T) => boolean,
  change: { readonly metadata?: object; readonly spec?: object },
): Promise<void> {
  const now = await readObject<T>(cluster, path);
  if (now === undefined || now.metadata.uid !== known.metadata.uid || !same(now)) throw changed(known, now);
  const { uid, resourceVersion } = now.metadata;
  const body = { ...change, metadata: { ...change.metadata, uid, resourceVersion } };
  await cluster.json({ method: 'PATCH', path, body });
}

/** The refusal for an object that is not what it was. */
function changed(known: Kubernetes, now: Kubernetes | undefined): RefusedError {
  const { name, uid } = known.metadata;
  if (now === undefined) return new RefusedError(`${name} is gone meanwhile`, 'Look again at what there is');
  const what = now.metadata.uid === uid ? 'was changed meanwhile' : 'is another one of the same name meanwhile';
  const [last] = [...(now.metadata.managedFields ?? [])].sort((a, b) => (b.time ?? '').localeCompare(a.time ?? ''));
  const who = last?.manager === undefined ? '' : ` by ${last.manager} at ${last.time ?? 'an unknown time'}`;
  return new RefusedError(`${name} ${what}${who}`, 'Look at it again, then decide again');
}

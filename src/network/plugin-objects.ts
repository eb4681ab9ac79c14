import { CloudError } from '../bosh/cloud-error.ts';
import type { Session } from '../bosh/session.ts';
import { isApiError } from '../kubernetes/errors.ts';
import { isWithin } from './address.ts';

/**
 * Objects that say which addresses there are. Where this cluster does not have the kind, or our rights do not reach it, the plugin alone judges.
 * @param path of the collection
 * @param what it holds, for the log
 * @returns undefined where they are not to be read
 */
export async function readWhereAllowed<T>(
  session: Session,
  path: string,
  what: string,
): Promise<readonly T[] | undefined> {
  try {
    return (await session.cluster.json<{ items?: readonly T[] }>({ method: 'GET', path })).items ?? [];
  } catch (error) {
    if (!isApiError(error) || (error.status !== 403 && error.status !== 404)) throw error;
    const why = error.status === 403 ? 'no right to list them' : 'the cluster has none';
    session.log(
      `${what} are not looked at (${why}): whether the address is one of theirs shows only when the pod starts`,
    );
    return undefined;
  }
}

/** @throws CloudError that names the ranges, where the address is in none of them */
export function requireWithin(
  { name, ip }: { readonly name: string; readonly ip: string },
  ranges: readonly string[],
  what: string,
): void {
  if (isWithin(ranges, ip)) return;
  const there = ranges.length === 0 ? 'there is none' : ranges.join(', ');
  throw new CloudError('CloudError', `networks.${name}.ip: ${ip} is not in ${what} (${there})`);
}

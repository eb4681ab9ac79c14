import type { ApiObject } from '../../sandbox/api/object.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';

export const HOUR_MS = 3_600_000;

/**
 * Does something now and has it be of some hours ago.
 * @param names the VMs and disks it is about, told once it is done
 */
export async function longAgo<T>(
  sandbox: Pick<Sandbox, 'backdate'>,
  hours: number,
  task: () => Promise<T>,
  names: (result: T) => readonly (string | undefined)[],
): Promise<T> {
  const since = Date.now();
  const result = await task();
  const about = new Set(names(result));
  sandbox.backdate((object) => isAbout(object, about), since, hours * HOUR_MS);
  return result;
}

function isAbout({ metadata, spec, involvedObject }: ApiObject, names: ReadonlySet<string | undefined>): boolean {
  const { name } = (involvedObject as { name?: string } | undefined) ?? {};
  const { name: claim } = (spec?.claimRef as { name?: string } | undefined) ?? {};
  if ([metadata.name, name, claim].some((one) => one !== undefined && names.has(one))) return true;
  // Services are named after their VM and network, attachments after their disk
  return names.has(metadata.name.replace(/-default$|^attachment-/, ''));
}

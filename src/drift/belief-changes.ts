import type { Belief } from './belief.ts';

/** Whether more has changed than single instances. */
export function isOther(before: Belief, after: Belief): boolean {
  return (
    before.director !== after.director ||
    before.isWhole !== after.isWhole ||
    before.isAllOurs !== after.isAllOurs ||
    hasOther(before.deployments, after.deployments) ||
    hasOther(before.inactiveVms, after.inactiveVms) ||
    hasOther(before.orphanVms, after.orphanVms) ||
    hasOther(before.orphanDisks ?? none, after.orphanDisks ?? none) ||
    hasOther(before.disks, after.disks)
  );
}

const none: ReadonlySet<string> = new Set();

interface Named {
  readonly size: number;
  has(name: string): boolean;
  keys(): Iterable<string>;
}

function hasOther(before: Named, after: Named): boolean {
  if (before.size !== after.size) return true;
  for (const name of before.keys()) if (!after.has(name)) return true;
  return false;
}

/** VMs of which a Director says something else than before. */
export function changedVms({ vms: before }: Belief, { vms: after }: Belief): readonly string[] {
  const names: string[] = [];
  for (const [name, one] of before) {
    const other = after.get(name);
    if (one !== other && JSON.stringify(one) !== JSON.stringify(other)) names.push(name);
  }
  for (const name of after.keys()) if (!before.has(name)) names.push(name);
  return names;
}

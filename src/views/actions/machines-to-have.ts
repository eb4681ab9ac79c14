import { natural } from '../../inventory/compare.ts';
import type { Disk } from '../../inventory/model.ts';
import { sessionOf } from '../../tui/shell.ts';
import type { ShellState } from '../../tui/state.ts';

/** A machine that a disk can be given to. */
export interface Candidate {
  /** As actions take it. */
  readonly name: string;
  readonly hint: string;
}

/** The machines that can have a disk: those of its own deployment first, and instances that have no VM now, which only the Director knows. */
export function machinesToHave(state: ShellState, disk: Disk): readonly Candidate[] {
  const session = sessionOf(state);
  if (session === undefined) return [];
  const director = state.bosh?.director;
  const instances = director?.state === 'there' ? director.feed.view().instances : [];
  const wanted = new Map<string, string | undefined>();
  const found = new Map<string, Candidate>();
  for (const { deployment, group, index, cid, scan } of instances) {
    const name = `${deployment}/${group}/${index}`;
    wanted.set(name, scan?.state);
    if (cid === undefined) found.set(name, { name, hint: hintOf('no VM', scan?.state, []) });
  }
  for (const { uid, instance, deployment, namespace, name, ...row } of session.inventory.rows('machines').values()) {
    if (namespace !== disk.namespace || uid === disk.machineUid) continue;
    const label = deployment === undefined ? name : `${deployment}/${instance}`;
    found.set(label, { name: label, hint: hintOf(row.state, wanted.get(label), row.disks) });
  }
  const isOwn = ({ name }: Candidate) => Number(!name.startsWith(`${disk.deployment}/`));
  return [...found.values()].sort((a, b) => isOwn(a) - isOwn(b) || natural(a.name, b.name));
}

/** @param wanted what BOSH wants it to be, as agents were asked last: a disk is given to one that is stopped */
function hintOf(state: string, wanted: string | undefined, disks: readonly string[]): string {
  const known = wanted === undefined || wanted === 'started' ? [] : [wanted];
  return [state, ...known, ...disks.map((one) => `has ${one}`)].join(', ');
}

import { parseCid } from '../../bosh/cid.ts';
import type { DirectorClient } from '../../director/client.ts';
import type { DirectorInstance } from '../../director/model.ts';
import { diskRights, markRights } from '../cpi-rights.ts';
import { awaitTask, findInstance, labelOf, nameOf, requireOwn, requireQuiet } from '../director.ts';
import type { Draft, Step } from '../draft.ts';
import { type Planned, RefusedError } from '../model.ts';
import { prepare } from '../perform.ts';
import type { ActionSite } from '../site.ts';
import { findMachine, type Machine } from '../target.ts';
import { shortName } from '../told.ts';
import { attaching } from './attaching.ts';
import { readDirectorDisk, requireStopped } from './by-director.ts';
import { unprotectSteps } from './mark.ts';
import { type DiskOptions, holderSentence } from './orphan.ts';
import { type DiskRef, type DiskState, readDisk } from './state.ts';

/**
 * Gives a disk to a machine, the one that had it or another.
 *
 * Through a Director: its attach-disk, with the disk's properties copied, to a stopped instance; the disk that the instance has becomes an orphan. On Kubernetes
 * alone: by the CPI's own code, beside what the machine has.
 *
 * @param to a VM (`agent-…`), `group/index` or `group/id`, with `deployment/` before it where several have such a one
 * @throws RefusedError
 */
export function planReattachDisk(
  site: ActionSite,
  disk: DiskRef,
  to: string,
  options: DiskOptions = {},
): Promise<Planned> {
  const through = options.through ?? (site.director === undefined ? 'kubernetes' : 'director');
  return prepare(site, async () => {
    const [state, machine] = await Promise.all([readDisk(site, disk), findMachine(site, disk.namespace, to)]);
    return through === 'director'
      ? await draftByDirector(site, state, machine)
      : await draftByKubernetes(site, state, machine);
  });
}

async function draftByDirector(site: ActionSite, disk: DiskState, machine: Machine): Promise<Draft> {
  const { name, namespace } = disk.about;
  const { director, directorName, cid, owner } = await readDirectorDisk(site.director, name, disk.told);
  await requireOwn(director, machine.told, machine.label);
  // an instance without a VM is known to the Director alone
  const wanted = { ...machine.told, deployment: machine.told.deployment ?? disk.told.deployment };
  const target = await findInstance(director, wanted);
  if (target === undefined) {
    throw new RefusedError(
      `Deployment ${wanted.deployment ?? '(which?)'} has no instance ${machine.label}`,
      'bosh instances lists them; write deployment/group/index where it is another deployment',
    );
  }
  if (target.deployment !== disk.told.deployment) await requireQuiet(director, target.deployment);
  const label = labelOf(target);
  const has = owner?.id === target.id;
  if (owner !== undefined && !has) {
    throw new RefusedError(`Disk ${name} is the disk of ${labelOf(owner)}`, `kubernetes-cpi orphan ${name} first`);
  }
  if (!has) requireStopped(target);
  const vm = target.cid === undefined ? undefined : parseCid(target.cid, 'VM').name;
  requireFree(disk, vm, label);
  const before = has ? undefined : target.scan?.disks.join(', ') || undefined;
  // the Director asks the CPI only for a disk that is new to the instance
  const lost = has && vm !== undefined && disk.holder === undefined;
  const again = lost ? await attaching(site, disk, { vm, label, told: machine.told }) : undefined;
  const attach = has ? (again?.steps ?? []) : stepsOfDirector(director, target, cid, before);
  const steps = [...attach, ...unprotectSteps(disk)];
  return {
    action: 'reattach-disk',
    about: disk.about,
    holds: [name, `instance-${target.id}`],
    event: 'DiskReattached',
    plan: {
      title: titleOf(disk, label),
      through: 'director',
      interrupts: again?.interrupts,
      loses:
        before === undefined
          ? undefined
          : `Nothing now: disk ${before} of ${label} becomes an orphan, which the Director deletes five days later or as its max_orphaned_age_in_days says`,
      confirm: steps.length === 0 ? undefined : label,
      undo: before === undefined ? `kubernetes-cpi orphan ${name}` : undefined,
    },
    steps,
    needs: [...(disk.mark === undefined ? [] : markRights(namespace)), ...(lost ? diskRights(namespace) : [])],
    async prove() {
      const [now, after] = await Promise.all([
        readDisk(site, disk.about),
        readDirectorDisk(director, name, { ...disk.told, deployment: target.deployment }),
      ]);
      const agreed = after.owner?.id === target.id;
      const there = vm === undefined || now.holder?.vm === vm;
      const told = agreed
        ? `Director ${directorName} has it as the disk of ${label}`
        : `Director ${directorName} does not have it as the disk of ${label}`;
      return { done: agreed && there, proof: [told, holderSentence(now)] };
    },
  };
}

async function draftByKubernetes(site: ActionSite, disk: DiskState, machine: Machine): Promise<Draft> {
  const { name, namespace } = disk.about;
  const { vm, label } = machine;
  if (vm === undefined) {
    throw new RefusedError(`There is no machine ${label} in namespace ${namespace}`, 'kubernetes-cpi vms lists them');
  }
  for (const deployment of new Set([disk.told.deployment, machine.told.deployment])) {
    if (site.director !== undefined && deployment !== undefined) await requireQuiet(site.director, deployment);
  }
  requireFree(disk, vm, label);
  const { steps: attach, interrupts } = await attaching(site, disk, { ...machine, vm });
  const steps = [...attach, ...unprotectSteps(disk)];
  return {
    action: 'reattach-disk',
    about: disk.about,
    holds: [name, vm],
    event: 'DiskReattached',
    plan: {
      title: titleOf(disk, label),
      through: 'kubernetes',
      interrupts,
      loses: undefined,
      confirm: steps.length === 0 ? undefined : label,
      undo: `kubernetes-cpi orphan ${name}`,
    },
    steps,
    needs: [...markRights(namespace), ...diskRights(namespace)],
    async prove() {
      const now = await readDisk(site, disk.about);
      const marked = now.mark === undefined ? [] : ['It is still marked as an orphan'];
      return { done: now.holder?.vm === vm && now.mark === undefined, proof: [holderSentence(now), ...marked] };
    },
  };
}

function stepsOfDirector(
  director: DirectorClient,
  target: DirectorInstance,
  cid: string,
  before: string | undefined,
): readonly Step[] {
  const label = labelOf(target);
  const query = `deployment=${target.deployment}&job=${target.group}&instance_id=${target.id}&disk_properties=copy`;
  const orphans = before === undefined ? '' : `; orphans its present disk ${before}`;
  return [
    { verb: 'check', object: label, what: `${target.scan?.state}; no lock, no task on ${target.deployment}` },
    {
      verb: 'PUT',
      object: `/disks/${cid}/attachments?${query}`,
      what: `properties copied${orphans}`,
      act: async (_session, note) => await awaitTask(director, await director.attachDisk(nameOf(target), cid), note),
    },
    target.cid === undefined
      ? { verb: 'check', object: label, what: 'it has no VM now: the disk comes to it at its next start' }
      : {
          verb: 'CPI',
          object: `attach_disk ${target.cid} ${cid}`,
          what: 'by the Director, which then has the agent mount it',
        },
  ];
}

/** @throws RefusedError when another machine than the one meant has the disk */
function requireFree({ holder, about }: DiskState, vm: string | undefined, label: string): void {
  if (holder === undefined || holder.vm === vm) return;
  throw new RefusedError(
    `${holder.label} (VM ${holder.vm}) has disk ${about.name}, not ${label}`,
    `kubernetes-cpi orphan ${about.name} takes it away there first`,
  );
}

function titleOf({ about, size, mark }: DiskState, to: string): string {
  const of = mark?.instance === undefined ? '' : `, orphaned ${mark.since} from ${mark.instance}`;
  return `Reattach ${shortName(about.name)} (${size}${of}) to ${to}`;
}

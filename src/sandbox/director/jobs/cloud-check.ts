import { type Director, enqueueLocked, lockOf } from '../director.ts';
import { LockTimeout } from '../locks.ts';
import { callCpi } from '../machine.ts';
import { type Deployment, type Disk, type Instance, managedDisk } from '../model.ts';
import { describe, type Problem, type ProblemType } from '../problems.ts';
import { findResolution, ResolutionRefused } from '../resolutions.ts';
import type { Task } from '../tasks.ts';
import type { Work } from '../work.ts';
import type { Asker } from './instance.ts';
import { inTurns } from './turns.ts';

/** `POST /deployments/:d/scans`: looks at every agent and disk. It does not wait for the deployment's lock. */
export function startScan(director: Director, asker: Asker, deployment: Deployment): Task {
  const request = { ...asker, type: 'cck_scan', description: 'scan cloud', deployment: deployment.name };
  return director.tasks.enqueue(request, async (work) => {
    try {
      return await director.locks.hold(lockOf(deployment.name), work, 0, () => scan(director, work, deployment));
    } catch (error) {
      if (!(error instanceof LockTimeout)) throw error;
      throw new Error('Unable to get deployment lock, maybe a deployment is in progress. Try again later.');
    }
  });
}

async function scan(director: Director, work: Work, { name, instances }: Deployment): Promise<string> {
  const { problems } = director;
  for (let at = problems.length - 1; at >= 0; at--) {
    if (problems[at]?.instance.deployment === name) problems.splice(at, 1);
  }
  const found = (type: ProblemType, instance: Instance, disk?: Disk, owners: readonly string[] = []) => {
    problems.push({ id: director.nextId(), type, instance, disk, owners });
    return type;
  };
  const owners = new Map<string, string[]>();
  const own = (disk: string | undefined, vm: string) => {
    if (disk !== undefined) owners.set(disk, [...(owners.get(disk) ?? []), vm]);
  };

  async function scanVm(instance: Instance): Promise<string> {
    const { vm } = instance;
    const agent = vm && (await director.backend.ask(vm.cid));
    if (vm !== undefined && agent !== undefined) {
      own(agent.disks[0], vm.cid);
      return 'ok';
    }
    // one problem is enough: a disk of a machine that does not answer counts as mounted
    if (vm !== undefined) own(managedDisk(instance)?.cid, vm.cid);
    const exists = vm !== undefined && (await callCpi(director, work, 'has_vm', vm.cid)) === true;
    return found(exists ? 'unresponsive_agent' : 'missing_vm', instance);
  }

  async function scanDisk(instance: Instance, disk: Disk): Promise<string> {
    if ((await callCpi(director, work, 'has_disk', disk.cid)) !== true) return found('missing_disk', instance, disk);
    if (!disk.active) return found('inactive_disk', instance, disk);
    const by = owners.get(disk.cid) ?? [];
    if (instance.vm === undefined || (by.length === 1 && by[0] === instance.vm.cid)) return 'ok';
    return found('mount_info_mismatch', instance, disk, by);
  }

  const expected = instances.filter(({ state }) => state !== 'detached');
  const ignored = expected.filter(({ ignore }) => ignore).length;
  const vms = work.stage(`Scanning ${expected.length} VMs`, 2);
  const seen = createCounts();
  await vms.track('Checking VM states', () =>
    inTurns(
      expected.filter(({ ignore }) => !ignore),
      async (instance) => seen.add(await scanVm(instance)),
    ),
  );
  const words = `${seen.of('ok')} OK, ${seen.of('unresponsive_agent')} unresponsive, ${seen.of('missing_vm')} missing, 0 unbound`;
  await vms.track(`${words}${ignored > 0 ? `, ${ignored} ignored` : ''}`, async () => undefined);

  const disks = instances.flatMap((instance) =>
    instance.ignore ? [] : instance.disks.map((disk) => ({ instance, disk })),
  );
  const stage = work.stage(`Scanning ${disks.length} persistent disks`, 2);
  const states = createCounts();
  await stage.track('Looking for inactive disks', () =>
    inTurns(disks, async ({ instance, disk }) => states.add(await scanDisk(instance, disk))),
  );
  const [ok, missing, inactive] = ['ok', 'missing_disk', 'inactive_disk'].map(states.of);
  const mismatches = states.of('mount_info_mismatch');
  await stage.track(
    `${ok} OK, ${missing} missing, ${inactive} inactive, ${mismatches} mount-info mismatch`,
    async () => undefined,
  );
  return 'scan complete';
}

function createCounts() {
  const counts = new Map<string, number>();
  const of = (name: string) => counts.get(name) ?? 0;
  return { of, add: (name: string) => void counts.set(name, of(name) + 1) };
}

/**
 * `PUT /deployments/:d/problems`: carries out resolutions.
 * @param answers resolution by the problem's id; null: the one a Director takes by itself
 */
export function startResolve(
  director: Director,
  asker: Asker,
  { name }: Deployment,
  answers: Readonly<Record<string, string | null>>,
): Task {
  const request = { ...asker, type: 'cck_apply', description: 'apply resolutions', deployment: name };
  return enqueueLocked(director, request, async (work) => {
    const chosen = director.problems.filter(
      ({ id, instance }) => instance.deployment === name && String(id) in answers,
    );
    const stage = work.stage('Applying problem resolutions', chosen.length);
    const errors: string[] = [];
    let count = 0;
    for (const problem of chosen) {
      const resolution = findResolution(problem, answers[String(problem.id)] ?? undefined);
      const title = `${describe(problem)} (${problem.type} ${resourceOf(problem)}): ${resolution?.plan ?? 'no resolution'}`;
      try {
        await stage.track(title, async () => {
          if (resolution === undefined) {
            const wanted = answers[String(problem.id)];
            throw new ResolutionRefused(`Cannot find '${wanted}' resolution for '${problem.type}'`);
          }
          await resolution.act({ director, work, problem });
        });
      } catch (error) {
        errors.push(`Error resolving problem '${problem.id}': ${(error as Error).message}`);
        // what broke down stays open; what was refused counts as resolved
        if (!(error instanceof ResolutionRefused)) continue;
      }
      director.problems.splice(director.problems.indexOf(problem), 1);
      count += 1;
    }
    if (errors.length > 0) throw new Error(errors.join('\n'));
    return `${count} resolved`;
  });
}

function resourceOf({ disk, instance }: Problem): string {
  return String(disk?.id ?? instance.index);
}

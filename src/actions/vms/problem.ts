import type { DirectorProblem } from '../../director/model.ts';
import { awaitTask, requireOwn, requireQuiet } from '../director.ts';
import { type Planned, RefusedError } from '../model.ts';
import { prepare } from '../perform.ts';
import type { ActionSite } from '../site.ts';
import { type ActionSubject, podRef, toldOfSubject } from '../subject.ts';

/** What a cloud check found about a subject: its description names the VM, the disk or the instance. */
function isAbout({ description }: DirectorProblem, subject: ActionSubject): boolean {
  const [group, id] = subject.instance?.split('/') ?? [];
  const names = [subject.cid, subject.name, subject.label, id && `${group}/${id}`].filter((name) => name !== undefined);
  return names.some((name) => name !== '' && description.includes(name));
}

/**
 * Resolutions in the order they are tried, where nobody chooses: what keeps data and brings the machine back. The last is all there is for a disk whose data
 * is gone already: the Director forgets it.
 */
const preferred = ['recreate_vm', 'reattach_disk', 'reboot_vm', 'recreate_vm_without_wait', 'delete_disk_reference'];

/**
 * Has a Director look for what is wrong with an instance (`bosh cck`) and resolve it.
 * @param resolution one of those the Director offers; the safest that mends when undefined
 * @throws RefusedError where the Director finds nothing, or nothing safe to do
 */
export function planResolveProblem(site: ActionSite, subject: ActionSubject, resolution?: string): Promise<Planned> {
  return prepare(site, async () => {
    const told = toldOfSubject(subject);
    const director = await requireOwn(site.director, told, subject.label ?? subject.name);
    const { deployment } = told;
    if (deployment === undefined) throw new RefusedError('No deployment is named', 'Give the finding of an instance');
    await requireQuiet(director, deployment);
    // the scan is a task of the Director's, and changes nothing
    await awaitTask(director, await director.scanProblems(deployment), () => undefined);
    const found = (await director.problems(deployment)).find((problem) => isAbout(problem, subject));
    if (found === undefined) {
      throw new RefusedError(
        `A cloud check of ${deployment} finds nothing wrong with ${subject.label ?? subject.name}`,
        'Choose another repair',
      );
    }
    const names = found.resolutions.map(({ name }) => name);
    const chosen = resolution ?? preferred.find((name) => names.includes(name));
    const plan = found.resolutions.find(({ name }) => name === chosen)?.plan;
    if (chosen === undefined || plan === undefined) {
      throw new RefusedError(
        resolution === undefined
          ? `None of the Director's resolutions is safe to choose unasked: ${names.join(', ')}`
          : `The Director does not offer ${resolution} for it: ${names.join(', ')}`,
        `bosh -d ${deployment} cck, by a person`,
      );
    }
    const label = subject.label ?? subject.name;
    return {
      action: 'resolve-problem',
      about: podRef({ namespace: subject.namespace, name: subject.name }),
      event: 'ProblemResolved',
      plan: {
        title: `Resolve ${found.type} of ${label}: ${chosen}`,
        through: 'director',
        interrupts: chosen.includes('_vm') ? `${label}: its jobs start anew` : undefined,
        loses: chosen.startsWith('delete_') ? `What the Director knows of it: ${plan}` : undefined,
        confirm: label,
        undo: undefined,
      },
      steps: [
        { verb: 'check', object: deployment, what: `${found.description}; no lock, no task` },
        {
          verb: 'PUT',
          object: `/deployments/${deployment}/problems`,
          what: plan,
          act: async (_session, note) =>
            await awaitTask(director, await director.resolveProblems(deployment, new Map([[found.id, chosen]])), note),
        },
        { verb: 'check', object: deployment, what: 'a cloud check finds it no more' },
      ],
      needs: [],
      async prove() {
        await awaitTask(director, await director.scanProblems(deployment), () => undefined);
        const left = (await director.problems(deployment)).find((problem) => isAbout(problem, subject));
        const told = left === undefined ? `finds nothing wrong with ${label}` : `still finds: ${left.description}`;
        return { done: left === undefined, proof: [`A cloud check of ${deployment} ${told}`] };
      },
    };
  });
}

import type { Director } from './director.ts';
import { applyJobs, askAgent, attachDisk, callCpi, createVm, deleteVm, orphanDisk } from './machine.ts';
import type { Problem, ProblemType } from './problems.ts';
import type { Work } from './work.ts';

interface Resolution {
  readonly name: string;
  readonly plan: string;
  act(scene: Scene): Promise<void>;
}

interface Scene {
  readonly director: Director;
  readonly work: Work;
  readonly problem: Problem;
}

/** Why a resolution was not carried out. */
export class ResolutionRefused extends Error {}

const skip: Resolution = { name: 'ignore', plan: 'Skip for now', act: async () => undefined };

const recreations: readonly Resolution[] = [
  {
    name: 'recreate_vm_without_wait',
    plan: 'Recreate VM without waiting for processes to start',
    act: (scene) => recreate(scene),
  },
  { name: 'recreate_vm', plan: 'Recreate VM and wait for processes to start', act: (scene) => recreate(scene) },
];

async function recreate({ director, work, problem: { instance } }: Scene): Promise<void> {
  await deleteVm(director, work, instance, false);
  await createVm(director, work, instance);
  await applyJobs(director, instance);
}

async function forgetVm({ problem: { instance } }: Scene): Promise<void> {
  instance.vm = undefined;
}

/** What is done to a VM only while its agent is silent. */
function silent(act: (scene: Scene) => Promise<void>): (scene: Scene) => Promise<void> {
  return async (scene) => {
    const { vm } = scene.problem.instance;
    if (vm !== undefined && (await scene.director.backend.ask(vm.cid)) !== undefined) {
      throw new ResolutionRefused('Agent is responding now, skipping resolution');
    }
    await act(scene);
  };
}

async function reboot({ director, work, problem: { instance } }: Scene): Promise<void> {
  await callCpi(director, work, 'reboot_vm', instance.vm?.cid);
  try {
    await askAgent(director, instance, 'ping');
  } catch {
    throw new ResolutionRefused('Agent still unresponsive after reboot');
  }
}

async function reattach({ director, work, problem: { instance, disk } }: Scene): Promise<void> {
  if (disk !== undefined) await attachDisk(director, work, instance, disk);
}

async function deleteReference({ director, work, problem: { instance, disk } }: Scene): Promise<void> {
  if (disk === undefined) return;
  disk.active = false;
  if (instance.vm !== undefined) {
    // a disk that is not there, or not attached, is what the problem is about
    await callCpi(director, work, 'detach_disk', instance.vm.cid, disk.cid).catch((error) => work.debug(error.message));
  }
  await orphanDisk(director, work, instance, disk);
}

/** As bosh-director's problem_handlers have them, word by word, in their order. */
const handlers: Readonly<Record<ProblemType, { readonly auto: string; readonly resolutions: readonly Resolution[] }>> =
  {
    missing_vm: {
      auto: 'recreate_vm_without_wait',
      resolutions: [skip, ...recreations, { name: 'delete_vm_reference', plan: 'Delete VM reference', act: forgetVm }],
    },
    unresponsive_agent: {
      auto: 'ignore',
      resolutions: [
        skip,
        { name: 'reboot_vm', plan: 'Reboot VM', act: silent(reboot) },
        ...recreations.map((resolution) => ({ ...resolution, act: silent(resolution.act) })),
        {
          name: 'delete_vm',
          plan: 'Delete VM',
          act: silent(({ director, work, problem }) => deleteVm(director, work, problem.instance, false)),
        },
        {
          name: 'delete_vm_reference',
          plan: 'Delete VM reference (forceful; may need to manually delete VM from the Cloud to avoid IP conflicts)',
          act: silent(forgetVm),
        },
      ],
    },
    missing_disk: {
      auto: 'ignore',
      resolutions: [
        skip,
        { name: 'delete_disk_reference', plan: 'Delete disk reference (DANGEROUS!)', act: deleteReference },
      ],
    },
    inactive_disk: {
      auto: 'ignore',
      resolutions: [
        skip,
        { name: 'delete_disk', plan: 'Delete disk', act: deleteReference },
        {
          name: 'activate_disk',
          plan: 'Activate disk',
          async act({ problem: { disk } }) {
            if (disk !== undefined) disk.active = true;
          },
        },
      ],
    },
    mount_info_mismatch: {
      auto: 'ignore',
      resolutions: [
        { ...skip, plan: 'Ignore' },
        { name: 'reattach_disk', plan: 'Reattach disk to instance', act: reattach },
        {
          name: 'reattach_disk_and_reboot',
          plan: 'Reattach disk and reboot instance',
          async act(scene) {
            await reattach(scene);
            await reboot(scene);
          },
        },
      ],
    },
  };

/** What can be done about a problem. */
export function resolutionsOf({ type }: Problem): readonly { readonly name: string; readonly plan: string }[] {
  return handlers[type].resolutions.map(({ name, plan }) => ({ name, plan }));
}

/** Finds a resolution by its name; the one a Director takes by itself when undefined. */
export function findResolution({ type }: Problem, name: string | undefined): Resolution | undefined {
  const { auto, resolutions } = handlers[type];
  return resolutions.find((resolution) => resolution.name === (name ?? auto));
}

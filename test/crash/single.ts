import type { Backend } from '../support/backend.ts';
import type { CpiRun } from './call.ts';
import { type Check, fullVm, plainVm, plantState } from './lifecycle.ts';
import { checker, expectSuccess, type Report } from './story.ts';
import { createWorld, type World, type WorldConfig } from './world.ts';

/** Calls on one machine and its disks, with the number of requests each makes of which none may be lost: upper bounds. */
export const singles = [
  'create_vm (everything)',
  'create_vm (plain)',
  'create_vm (in the place of another)',
  'set_vm_metadata',
  'attach_disk',
  'detach_disk',
  'reboot_vm',
  'delete_vm (everything)',
] as const;

export type Single = (typeof singles)[number];

/** One machine, two disks, and the call that is to be disturbed. */
export interface Scene {
  readonly world: World;
  readonly vm: string;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly check: Check;
}

/**
 * Sets a scene, lets `act` do what it wants with the call, then deletes machine and disks and looks that no disk was lost and nothing is left.
 * @param label says in failures what was done to the call
 * @param config of the scene's world
 */
export async function playSingle(
  backend: Backend,
  report: Report,
  name: Single,
  label: string,
  config: WorldConfig,
  act: (scene: Scene) => Promise<void>,
): Promise<void> {
  const world = await createWorld(backend, config);
  const check = checker(report, () => `${name} ${label}`);
  const [method = ''] = name.split(' ');
  const vm = 'agent-one';
  try {
    const first = await world.result<string>('create_disk', [64, {}]);
    const second = await world.result<string>('create_disk', [64, {}]);
    if (method !== 'create_vm' || name.includes('another')) {
      await world.result('create_vm', fullVm(world, 'one', [first]));
      plantState(world, vm);
    }
    if (method === 'detach_disk') await world.result('attach_disk', [vm, second]);
    const args: Readonly<Record<string, readonly unknown[]>> = {
      create_vm: name.includes('plain') ? plainVm(world, 'one', [second]) : fullVm(world, 'one', [first, second]),
      set_vm_metadata: [vm, { job: 'redis' }],
      attach_disk: [vm, second],
      detach_disk: [vm, second],
      reboot_vm: [vm],
      delete_vm: [vm],
    };
    await act({ world, vm, method, args: args[method] ?? [], check });
    expectSuccess(await world.call('delete_vm', [vm]), check);
    check((await world.result('has_vm', [vm])) === false, 'the VM is still there');
    for (const disk of [first, second]) {
      check((await world.result('has_disk', [disk])) === true, `disk ${disk} is lost`);
      expectSuccess(await world.call('delete_disk', [disk]), check);
    }
    const left = await world.leftovers();
    check(left.length === 0, `left behind: ${left.join(', ')}`);
  } catch (error) {
    const message = (error as Error).message;
    if (!report.failures.some((failure) => failure.endsWith(message))) {
      report.failures.push(`${name} ${label}: ${message}`);
    }
  } finally {
    await world.close();
  }
}

/** An error that a Director can do something with: a type it knows, and words that are no accident. */
export function expectClearError(run: CpiRun, check: Check): string {
  const { error } = run.response ?? {};
  check(error !== undefined && error !== null, `no answer (status ${run.status})\n${run.stderr}`);
  const { type = '', message = '' } = error ?? {};
  check(/^Bosh::Clouds::[A-Za-z]+$/.test(type), `error type ${type}`);
  check(message.length > 20 && !/unexpected failure|undefined|\[object/.test(message), `unclear error: ${message}`);
  return `${type.replace('Bosh::Clouds::', '')}: ${message}`;
}

import type { Json } from '../../test/cluster/api.ts';
import { createMachine, mustCall } from '../calls.ts';
import type { Section } from '../report.ts';
import type { Setting } from '../setting.ts';
import { median, p95 } from '../statistics.ts';

const runs = 20;

interface PodTimes {
  made?: number;
  ready?: number;
}

/**
 * What create_vm adds to the pod's own time: from the start of the process to its end, less the time from the pod's creation until it is Ready.
 * Both ends of the latter are taken by a watch of our own, since the times in a pod are whole seconds.
 */
export async function createVm(setting: Setting): Promise<Section> {
  const stop = new AbortController();
  const times = new Map<string, PodTimes>();
  const watching = setting.api.watch(
    `/api/v1/namespaces/${setting.namespace}/pods?watch=1`,
    (_, pod) => note(times, pod),
    stop.signal,
  );
  const walls: number[] = [];
  const overheads: number[] = [];
  for (let run = 0; run < runs; run++) {
    const { vm, wallMs } = await createMachine(setting, `bench-create-${run}`);
    const { made, ready } = await known(times, vm);
    walls.push(wallMs);
    overheads.push(wallMs - (ready - made));
    await mustCall(setting, 'delete_vm', [vm]);
  }
  stop.abort();
  await watching.catch(() => undefined);
  return {
    name: 'create_vm',
    about: `${runs} machines, one after the other, on a kwok node. Overhead: the call's time less the time from the pod's creation to its being Ready, as a watch saw both.`,
    figures: [
      { name: 'create_vm: clock', unit: 'ms', median: median(walls), p95: p95(walls) },
      { name: 'create_vm: overhead', unit: 'ms', median: median(overheads), p95: p95(overheads), limit: 150 },
    ],
  };
}

function note(times: Map<string, PodTimes>, pod: Json): void {
  const { name } = pod.metadata as { name: string };
  const { conditions = [] } = (pod.status ?? {}) as { conditions?: readonly { type: string; status: string }[] };
  const entry = times.get(name) ?? {};
  entry.made ??= performance.now();
  if (conditions.some(({ type, status }) => type === 'Ready' && status === 'True')) entry.ready ??= performance.now();
  times.set(name, entry);
}

/** The watch may be a little behind the call. */
async function known(times: ReadonlyMap<string, PodTimes>, name: string): Promise<Required<PodTimes>> {
  for (let tries = 0; tries < 200; tries++) {
    const { made, ready } = times.get(name) ?? {};
    if (made !== undefined && ready !== undefined) return { made, ready };
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`the watch never saw ${name} Ready`);
}

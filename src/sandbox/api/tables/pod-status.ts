import type { V1ContainerStatus } from '@kubernetes/client-node/dist/gen/models/V1ContainerStatus.js';
import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';

/** What the columns Ready, Status and Restarts are made of. */
export interface PodSummary {
  readonly reason: string;
  readonly ready: number;
  readonly total: number;
  readonly restarts: number;
  /** RFC 3339 time of the last restart. */
  readonly restartedAt: string | undefined;
}

/** The part of the summary that init containers decide. */
interface Initialization {
  readonly reason: string | undefined;
  readonly ready: number;
  readonly all: Restarts;
  /** Of sidecars alone, which go on counting after initialisation. */
  readonly sidecars: Restarts;
}

interface Restarts {
  readonly count: number;
  readonly last: string | undefined;
}

const NONE: Restarts = { count: 0, last: undefined };

/** Follows printPod of kubernetes/pkg/printers/internalversion/printers.go, step by step. */
export function summarizePod({ metadata, spec, status }: V1Pod): PodSummary {
  const phase = status?.phase ?? '';
  const gated = status?.conditions?.some(({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated');
  const sidecars = new Set((spec?.initContainers ?? []).filter(isSidecar).map(({ name }) => name));
  const total = (spec?.containers?.length ?? 0) + sidecars.size;
  const init = initialization(status?.initContainerStatuses ?? [], sidecars, spec?.initContainers?.length ?? 0);
  let reason = init.reason ?? (gated ? 'SchedulingGated' : status?.reason || phase);
  let { ready, all: restarts } = init;
  if (init.reason === undefined || conditionOf(status?.conditions, 'Initialized')) {
    const containers = status?.containerStatuses ?? [];
    restarts = containers.reduce(addRestarts, init.sidecars);
    // the first container that has something to say decides
    reason = containers.map(containerReason).find((said) => said !== undefined) ?? reason;
    const running = containers.filter((container) => container.ready && container.state?.running !== undefined).length;
    ready += running;
    if (reason === 'Completed' && running > 0)
      reason = conditionOf(status?.conditions, 'Ready') ? 'Running' : 'NotReady';
  }
  if (metadata?.deletionTimestamp !== undefined) {
    if (status?.reason === 'NodeLost') reason = 'Unknown';
    else if (phase !== 'Succeeded' && phase !== 'Failed') reason = 'Terminating';
  }
  return { reason, ready, total, restarts: restarts.count, restartedAt: restarts.last };
}

function isSidecar({ restartPolicy }: { restartPolicy?: string }): boolean {
  return restartPolicy === 'Always';
}

function initialization(
  statuses: readonly V1ContainerStatus[],
  sidecars: ReadonlySet<string>,
  total: number,
): Initialization {
  let ready = 0;
  let all = NONE;
  let ofSidecars = NONE;
  for (const [index, container] of statuses.entries()) {
    const sidecar = sidecars.has(container.name);
    all = addRestarts(all, container);
    if (sidecar) ofSidecars = addRestarts(ofSidecars, container);
    const { terminated, waiting } = container.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (sidecar && container.started) {
      if (container.ready) ready += 1;
      continue;
    }
    const said = terminated
      ? terminatedReason(terminated)
      : waiting?.reason && waiting.reason !== 'PodInitializing'
        ? waiting.reason
        : `${index}/${total}`;
    return { reason: `Init:${said}`, ready, all, sidecars: ofSidecars };
  }
  return { reason: undefined, ready, all, sidecars: ofSidecars };
}

function containerReason({ state }: V1ContainerStatus): string | undefined {
  if (state?.waiting?.reason) return state.waiting.reason;
  return state?.terminated ? terminatedReason(state.terminated) : undefined;
}

function terminatedReason({ reason, signal, exitCode }: { reason?: string; signal?: number; exitCode: number }) {
  return reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`);
}

function addRestarts({ count, last }: Restarts, { restartCount, lastState }: V1ContainerStatus): Restarts {
  const finished = lastState?.terminated?.finishedAt as unknown as string | undefined;
  const later = finished !== undefined && (last === undefined || finished > last) ? finished : last;
  return { count: count + restartCount, last: later };
}

function conditionOf(conditions: readonly { type: string; status: string }[] | undefined, wanted: string): boolean {
  return conditions?.find(({ type }) => type === wanted)?.status === 'True';
}

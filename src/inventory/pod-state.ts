import type { ContainerStatus, Pod } from '../kubernetes/objects.ts';

/**
 * A pod's state in kubectl's words, which operators know: Running, ContainerCreating, ImagePullBackOff, Init:0/1, Terminating, ...
 * Source: printPod in kubernetes/pkg/printers/internalversion/printers.go, by which the server fills the STATUS column.
 */
export function podState(pod: Pod): string {
  const { metadata, status = {} } = pod;
  let state = status.reason ?? status.phase ?? 'Unknown';
  if (status.conditions?.some(({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated')) {
    state = 'SchedulingGated';
  }
  const initial = initialState(pod);
  if (initial !== undefined) state = initial;
  else state = containersState(pod, state);
  if (metadata?.deletionTimestamp === undefined) return state;
  return status.reason === 'NodeLost' ? 'Unknown' : 'Terminating';
}

/** What the first unfinished init container does; undefined when all are done. */
function initialState({ spec, status }: Pod): string | undefined {
  const statuses = status?.initContainerStatuses ?? [];
  const sidecars = new Set(
    spec?.initContainers?.filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name),
  );
  for (const [index, one] of statuses.entries()) {
    const { waiting, terminated } = one.state ?? {};
    if (terminated !== undefined && (terminated.exitCode ?? 0) === 0) continue;
    if (sidecars.has(one.name) && one.started === true) continue;
    if (terminated !== undefined) return `Init:${endOf(terminated)}`;
    if (waiting?.reason !== undefined && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`;
    return `Init:${index}/${spec?.initContainers?.length ?? statuses.length}`;
  }
  return undefined;
}

function containersState({ status }: Pod, fallback: string): string {
  let state = fallback;
  let isRunning = false;
  for (const { state: now, ready } of (status?.containerStatuses ?? []).toReversed()) {
    if (now?.waiting?.reason !== undefined) state = now.waiting.reason;
    else if (now?.terminated !== undefined) state = endOf(now.terminated);
    else if (ready === true && now?.running !== undefined) isRunning = true;
  }
  if (state !== 'Completed' || !isRunning) return state;
  return isReady(status?.conditions) ? 'Running' : 'NotReady';
}

type Terminated = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>;

function endOf({ reason, signal = 0, exitCode = 0 }: Terminated): string {
  return reason ?? (signal === 0 ? `ExitCode:${exitCode}` : `Signal:${signal}`);
}

/** Whether the condition Ready says so. */
export function isReady(conditions: readonly { readonly type?: string; readonly status?: string }[] = []): boolean {
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

import type { CoreV1Event } from '@kubernetes/client-node/dist/gen/models/CoreV1Event.js';
import type { V1ContainerStatus } from '@kubernetes/client-node/dist/gen/models/V1ContainerStatus.js';
import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';

/** How far a pod is on its way to a machine whose agent is up. */
export type Readiness =
  | { readonly state: 'ready' }
  | { readonly state: 'waiting'; readonly reason: string; readonly unschedulable: boolean }
  | { readonly state: 'failed'; readonly reason: string; readonly retriable: boolean };

/** Reasons of a waiting container that time alone does not mend. ErrImagePull is not among them: the kubelet tries once more before it backs off. */
const fatalReasons: Readonly<Record<string, string>> = {
  ImagePullBackOff:
    'the image cannot be pulled: check the stemcell image, its registry and cloud_properties.image_pull_secrets',
  InvalidImageName: 'the stemcell CID is no image reference',
  ErrImageNeverPull: 'the image is not on the node',
  CreateContainerConfigError: 'the container cannot be configured',
  CreateContainerError: 'the container cannot be created',
  RunContainerError: 'the container cannot be started',
  CrashLoopBackOff: 'the machine ends as soon as it starts',
};

/** Why a pod waits whose container runs. */
export const agentDown = 'the agent is not up yet';

/**
 * Judges a pod by its status; pure.
 * @param missing why it waits while its container runs
 */
export function judgePod(pod: V1Pod, missing: string = agentDown): Readiness {
  const { status, metadata } = pod;
  if (metadata?.deletionTimestamp !== undefined)
    return { state: 'failed', reason: 'the pod is being deleted', retriable: true };
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded') {
    const why = [status.reason, status.message].filter(Boolean).join(': ');
    return { state: 'failed', reason: `the pod has ended${why && `: ${why}`}`, retriable: true };
  }
  if (status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True'))
    return { state: 'ready' };
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') {
    return {
      state: 'waiting',
      reason: `unschedulable: ${scheduled.message ?? scheduled.reason ?? ''}`,
      unschedulable: true,
    };
  }
  const container = status?.containerStatuses?.[0];
  const waiting = container?.state?.waiting;
  const fatal = fatalReasons[waiting?.reason ?? ''];
  if (fatal !== undefined) {
    const said = [waiting?.message, lastWords(container)].filter(Boolean).join('; ');
    return { state: 'failed', reason: `${waiting?.reason}: ${fatal}${said && ` (${said})`}`, retriable: false };
  }
  if (container?.state?.running !== undefined) return { state: 'waiting', reason: missing, unschedulable: false };
  return { state: 'waiting', reason: waiting?.reason ?? status?.phase ?? 'Pending', unschedulable: false };
}

/** Whether a container of a pod runs, by its status. */
export function hasRunningContainer({ status }: { readonly status?: V1Pod['status'] | undefined }): boolean {
  return status?.containerStatuses?.some(({ state }) => state?.running !== undefined) ?? false;
}

function lastWords(container: V1ContainerStatus | undefined): string | undefined {
  const last = container?.lastState?.terminated;
  return last === undefined ? undefined : `exit code ${last.exitCode} ${last.message ?? last.reason ?? ''}`.trim();
}

/** A sandbox that failed this often will not come up: the network refuses the pod, e.g. its address is taken. */
const sandboxFailures = 5;

/** Judges a pod by its events: what its status never says. Pure. */
export function judgeEvents(events: readonly CoreV1Event[]): { warning?: string; fatal?: string } {
  const warnings = events.filter(({ type }) => type === 'Warning');
  const text = ({ reason, message }: CoreV1Event) => `${reason}: ${message}`;
  const sandbox = warnings.find(
    ({ reason, count }) => reason === 'FailedCreatePodSandBox' && (count ?? 1) >= sandboxFailures,
  );
  const last = warnings.at(-1);
  return {
    ...(last !== undefined && { warning: text(last) }),
    ...(sandbox !== undefined && { fatal: text(sandbox) }),
  };
}

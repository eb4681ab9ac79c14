import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import { CloudError } from '../bosh/cloud-error.ts';
import type { Session } from '../bosh/session.ts';
import { FollowTimeout, follow, type Known } from '../kubernetes/follow.ts';
import { type AgentExits, readAgentExits } from './agent-log.ts';
import { agentDown, judgeEvents, judgePod } from './readiness.ts';
import { requireRecord } from './record.ts';

/** How often a wait looks at what a pod's status does not tell: its events, its agent's log, and the clock. */
const lookSeconds = 5;
/** An agent that ended itself this often while somebody watched will do so for ever. */
const hopelessExits = 10;

/** What a wait has learnt so far. */
interface Progress {
  reason: string;
  /** When the reason was first seen, in milliseconds since the epoch. */
  since: number;
  warning: string;
  /** The agent's exits at the first look: those of earlier lives are in its log too. */
  firstExits: number | undefined;
}

/**
 * Waits until a pod is Ready, and ends early on what time does not mend.
 * @param pod as just read or made
 * @param deadline in milliseconds since the epoch
 * @param until `scheduled`: only until it has a node
 * @returns the pod; undefined when it was replaced by another meanwhile
 * @throws CloudError VMCreationFailed with the reason
 */
export async function awaitReady(
  session: Session,
  pod: V1Pod,
  deadline: number,
  until: 'scheduled' | 'ready' = 'ready',
): Promise<V1Pod | undefined> {
  const { name = '', uid } = pod.metadata ?? {};
  const progress: Progress = { reason: '', since: Date.now(), warning: '', firstExits: undefined };
  for (let known: Known<V1Pod> | undefined = asKnown(pod); ; known = undefined) {
    try {
      const outcome = await follow<V1Pod, V1Pod | 'replaced'>(session.cluster, podsOf(session), name, {
        timeoutMs: Math.min(lookSeconds * 1000, Math.max(1, deadline - Date.now())),
        ...(known !== undefined && { known }),
        decide: (now) => {
          const same = now?.metadata?.uid === uid && now?.metadata?.deletionTimestamp === undefined;
          if (now === undefined || !same) return 'replaced';
          if (until === 'scheduled' && now.spec?.nodeName !== undefined) return now;
          return decide(session, now, progress);
        },
      });
      return outcome === 'replaced' ? undefined : outcome;
    } catch (error) {
      if (!(error instanceof FollowTimeout)) throw error;
      // what another call is deleting meanwhile never becomes ready
      await requireRecord(session, name);
      const explanation = await lookCloser(session, pod, progress);
      if (Date.now() < deadline) continue;
      const waited = `not ready after ${session.timeouts.create_vm} s: ${progress.reason}`;
      throw notReady(name, [waited, ...explanation].join('; '), true);
    }
  }
}

/** The pod when it is Ready; undefined while it may become so. @throws CloudError when it will not */
function decide(session: Session, pod: V1Pod, progress: Progress): V1Pod | undefined {
  const name = pod.metadata?.name ?? '';
  const readiness = judgePod(pod);
  if (readiness.state === 'ready') return pod;
  if (readiness.state === 'failed') throw notReady(name, readiness.reason, readiness.retriable);
  if (readiness.reason !== progress.reason) {
    progress.reason = readiness.reason;
    progress.since = Date.now();
    session.log(`pod ${name}: ${readiness.reason}`);
  }
  const patience = readiness.unschedulable ? session.timeouts.unschedulable * 1000 : Number.POSITIVE_INFINITY;
  if (Date.now() - progress.since > patience) throw notReady(name, readiness.reason, true);
  return undefined;
}

/**
 * Looks at events and the agent's log, and tells the task log what is new.
 * @returns what they say, for an error
 * @throws CloudError when they say that waiting is in vain
 */
async function lookCloser(session: Session, pod: V1Pod, progress: Progress): Promise<readonly string[]> {
  const name = pod.metadata?.name ?? '';
  const { warning, fatal } = await podEvents(session, pod);
  if (fatal !== undefined) throw notReady(name, fatal, true);
  const exits = progress.reason === agentDown ? await readAgentExits(session, name) : undefined;
  const since = (exits?.count ?? 0) - (progress.firstExits ?? exits?.count ?? 0);
  progress.firstExits ??= exits?.count;
  // the startup probe's failures say no more than the reason does
  const explanation = [
    describeExits(exits),
    exits === undefined && warning !== undefined ? `last event: ${warning}` : '',
  ].filter(Boolean);
  if (since >= hopelessExits) throw notReady(name, explanation.join('; '), false);
  const told = explanation.join('; ');
  if (told !== '' && told !== progress.warning) session.log(`pod ${name}: ${told}`);
  progress.warning = told;
  return explanation;
}

function describeExits(exits: AgentExits | undefined): string {
  return exits === undefined ? '' : `the agent ends as soon as it starts: ${exits.reason}`;
}

function notReady(name: string, reason: string, okToRetry: boolean): CloudError {
  return new CloudError('VMCreationFailed', `pod ${name}: ${reason}`, { okToRetry });
}

/** What a pod's events tell; nothing where they may not be read: events explain, they decide little. */
export async function podEvents(session: Session, pod: V1Pod): Promise<{ warning?: string; fatal?: string }> {
  const { core, namespace } = session.cluster;
  try {
    const fieldSelector = `involvedObject.uid=${pod.metadata?.uid}`;
    return judgeEvents((await core.listNamespacedEvent({ namespace, fieldSelector })).items);
  } catch (error) {
    session.log(`events of pod ${pod.metadata?.name} cannot be read: ${(error as Error).message}`);
    return {};
  }
}

/** A pod as just read, for a wait to begin with. */
export function asKnown(pod: V1Pod): Known<V1Pod> {
  return { object: pod, resourceVersion: pod.metadata?.resourceVersion ?? '' };
}

/** Path of the namespace's pods. */
export function podsOf(session: Session): { readonly path: string } {
  return { path: `/api/v1/namespaces/${session.cluster.namespace}/pods` };
}

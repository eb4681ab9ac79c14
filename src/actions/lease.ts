import { hostname } from 'node:os';
import { managedByLabels } from '../bosh/labels.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../kubernetes/errors.ts';
import { RefusedError } from './model.ts';

/** A Lease (coordination.k8s.io/v1), as far as it is used. */
interface Lease {
  readonly metadata: { readonly name: string; readonly uid: string; readonly annotations?: Record<string, string> };
  readonly spec?: { readonly holderIdentity?: string; readonly renewTime?: string; readonly acquireTime?: string };
}

/** An action that was killed keeps others away for this long at most. */
const seconds = 30;
const renewMs = 10_000;

/** On a Lease: what its holder does, in words. */
const doingAnnotation = 'bosh.cloudfoundry.org/action';

/**
 * Holds an object while it is acted on: of two operators one gets it, the other is told who has it. A Lease is Kubernetes' own form of this: its creation
 * is the one write that only one can make. What a killed process held on this machine is free at once, and elsewhere after half a minute.
 *
 * @param subject name of the object
 * @param who holds it
 * @param doing what they do, for others to read
 * @returns gives it back
 * @throws RefusedError that names the holder
 */
export async function holdLease(
  cluster: Cluster,
  namespace: string,
  subject: string,
  who: string,
  doing: string,
): Promise<() => Promise<void>> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
  const name = `action-${subject}`;
  const holderIdentity = `${who} (process ${process.pid} on ${hostname()})`;
  const body = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, labels: managedByLabels, annotations: { [doingAnnotation]: doing } },
    spec: { holderIdentity, leaseDurationSeconds: seconds, acquireTime: now(), renewTime: now() },
  };
  const { metadata } = await take(cluster, path, body);
  const preconditions = { uid: metadata.uid };
  const renewal = setInterval(() => {
    const renewed = { metadata: preconditions, spec: { renewTime: now() } };
    // one that fails is made up for by the next; the action's own writes have preconditions of their own
    cluster.json({ method: 'PATCH', path: `${path}/${name}`, body: renewed }).catch(() => undefined);
  }, renewMs);
  renewal.unref();
  return async () => {
    clearInterval(renewal);
    // one that stays is nobody's in half a minute
    await cluster.json({ method: 'DELETE', path: `${path}/${name}`, body: { preconditions } }).catch(() => undefined);
  };
}

async function take(
  cluster: Cluster,
  path: string,
  body: { readonly metadata: { readonly name: string } },
): Promise<Lease> {
  const { name } = body.metadata;
  for (let attempt = 0; ; attempt++) {
    try {
      return await cluster.json<Lease>({ method: 'POST', path, body });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
    try {
      const held = await cluster.json<Lease>({ method: 'GET', path: `${path}/${name}` });
      if (!isOver(held) || attempt >= 5) throw refusal(held);
      // the very Lease that was read: of two who find it left behind one removes it, and both try to make it anew
      const preconditions = { uid: held.metadata.uid };
      await cluster.json({ method: 'DELETE', path: `${path}/${name}`, body: { preconditions } });
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }
}

function refusal({ metadata, spec }: Lease): RefusedError {
  const who = spec?.holderIdentity ?? 'somebody';
  const doing = metadata.annotations?.[doingAnnotation] ?? 'acts on it';
  const since = spec?.acquireTime === undefined ? '' : `, since ${spec.acquireTime.slice(0, 19)}Z`;
  return new RefusedError(
    `${who} is at it: ${doing}${since}`,
    `Wait until that is over and look again; one that was killed lets go after ${seconds} s`,
  );
}

/** Whether its holder has ended: by the clock, or, of a process of this machine, by its absence. */
function isOver({ spec }: Lease): boolean {
  if (Date.parse(spec?.renewTime ?? '') + seconds * 1000 < Date.now()) return true;
  const [, pid, host] = /\(process (\d+) on (.*)\)$/.exec(spec?.holderIdentity ?? '') ?? [];
  return host === hostname() && pid !== undefined && !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // of another user
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A MicroTime of Kubernetes. */
function now(): string {
  return new Date().toISOString().replace('Z', '000Z');
}

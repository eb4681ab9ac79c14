import { randomBytes } from 'node:crypto';
import type { Cluster } from '../../kubernetes/cluster.ts';
import { type ApiObject, timestamp } from '../api/object.ts';

/** Says something about an object as an Event. A repeated one counts up. */
export type Record = (about: ApiObject, type: 'Normal' | 'Warning', reason: string, message: string) => void;

/** @param component who speaks, e.g. `kubelet` */
export function createRecorder(cluster: Cluster, component: string, host?: string): Record {
  const known = new Map<string, { name: string; count: number; since: string }>();
  return (about, type, reason, message) => {
    const { uid, name, namespace = 'default', resourceVersion } = about.metadata;
    const key = `${uid} ${reason} ${message}`;
    const now = timestamp();
    const repeated = known.get(key);
    const count = (repeated?.count ?? 0) + 1;
    const event = {
      name: repeated?.name ?? `${name}.${randomBytes(8).toString('hex')}`,
      count,
      since: repeated?.since ?? now,
    };
    known.set(key, event);
    const path = `/api/v1/namespaces/${namespace}/events`;
    const body = {
      metadata: { name: event.name, namespace },
      involvedObject: {
        kind: about.kind,
        namespace: about.metadata.namespace,
        name,
        uid,
        apiVersion: about.apiVersion,
        resourceVersion,
      },
      type,
      reason,
      message,
      source: { component, ...(host === undefined ? {} : { host }) },
      reportingComponent: component,
      firstTimestamp: event.since,
      lastTimestamp: now,
      count,
    };
    const sent = repeated
      ? cluster.json({ method: 'PATCH', path: `${path}/${event.name}`, body: { count, lastTimestamp: now } })
      : cluster.json({ method: 'POST', path, body });
    // Events are best effort, as everywhere in Kubernetes.
    sent.catch(() => undefined);
  };
}

import type { ActionSite } from './site.ts';

/** The object of Kubernetes that an action is about. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string | undefined;
}

/** Writes an Event on an object: `kubectl describe` and the console show it there for an hour. */
export async function writeEvent(
  { cluster, operator }: ActionSite,
  about: ObjectRef,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
): Promise<void> {
  const { namespace } = about;
  const time = new Date();
  const at = `${time.toISOString().slice(0, 19)}Z`;
  await cluster.json({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/events`,
    body: {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${about.name}.${time.getTime().toString(16)}`, namespace },
      involvedObject: about,
      type,
      reason,
      // the API server takes 1 KiB
      message: `${message} (by ${operator})`.slice(0, 1000),
      source: { component: 'kubernetes-cpi' },
      firstTimestamp: at,
      lastTimestamp: at,
      count: 1,
    },
  });
}

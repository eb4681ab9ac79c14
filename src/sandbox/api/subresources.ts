import { randomUUID } from 'node:crypto';
import type { V1PodStatus } from '@kubernetes/client-node/dist/gen/models/V1PodStatus.js';
import { type Authenticator, serviceAccountUser } from './auth.ts';
import type { ClusterState } from './cluster-state.ts';
import { deleteObject } from './delete.ts';
import { type ApiObject, copy, timestamp, view } from './object.ts';
import type { ApiRequest } from './request.ts';
import { resource } from './resources.ts';
import { matchesLabelSelector } from './selectors.ts';
import { ApiStatus, conflict } from './status.ts';
import { getObject } from './write.ts';

const PODS = resource('', 'pods');
/** How messages name the subresource. */
const BINDINGS = { group: '', plural: 'pods/binding' };
const BUDGETS = resource('policy', 'poddisruptionbudgets');

/** `pods/binding`: the scheduler's decision. */
export function bindPod(cluster: ClusterState, { namespace, name }: ApiRequest, body: string): unknown {
  const { target, metadata } = JSON.parse(body) as { target: { name: string }; metadata?: { uid?: string } };
  const pod = copy(getObject(cluster, PODS, namespace, name));
  if (metadata?.uid && metadata.uid !== pod.metadata.uid) {
    throw conflict(
      BINDINGS,
      name,
      `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${pod.metadata.uid}`,
    );
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    throw conflict(BINDINGS, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  }
  if (pod.spec?.nodeName)
    throw conflict(BINDINGS, name, `pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`);
  pod.spec = { ...pod.spec, nodeName: target.name };
  const status = view<V1PodStatus>(pod.status ?? {});
  const others = (status.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
  const scheduled = { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: timestamp() };
  pod.status = { ...pod.status, conditions: [...others, scheduled] };
  cluster.store.put(PODS, pod);
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
}

/** `pods/eviction`: a delete that asks the PodDisruptionBudgets first. */
export function evictPod(cluster: ClusterState, { namespace, name }: ApiRequest, body: string): unknown {
  const pod = getObject(cluster, PODS, namespace, name);
  const { deleteOptions } = JSON.parse(body || '{}') as { deleteOptions?: object };
  const budget = cluster.store.list(BUDGETS, namespace).find((candidate) => covers(candidate, pod));
  const allowed = Number(budget?.status?.disruptionsAllowed ?? 1);
  if (budget !== undefined && allowed < 1 && pod.metadata.deletionTimestamp === undefined) {
    const { currentHealthy = 0, desiredHealthy = 0 } = budget.status ?? {};
    throw new ApiStatus(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
      causes: [
        {
          reason: 'DisruptionBudget',
          message: `The disruption budget ${budget.metadata.name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
        },
      ],
    });
  }
  deleteObject(cluster, PODS, pod, deleteOptions ?? {});
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
}

function covers(budget: ApiObject, pod: ApiObject): boolean {
  const { selector } = view<{ selector?: Parameters<typeof matchesLabelSelector>[0] }>(budget.spec ?? {});
  return selector !== undefined && matchesLabelSelector(selector, pod.metadata.labels ?? {});
}

/** `serviceaccounts/token`: a token that is valid from now on. */
export function issueToken(
  cluster: ClusterState,
  authenticator: Authenticator,
  { namespace, name }: ApiRequest,
  body: string,
): unknown {
  getObject(cluster, resource('', 'serviceaccounts'), namespace, name);
  const { spec = {} } = JSON.parse(body || '{}') as { spec?: { expirationSeconds?: number } };
  const seconds = spec.expirationSeconds ?? 3600;
  const token = `sandbox.${randomUUID()}`;
  authenticator.add(token, serviceAccountUser(namespace, name));
  return {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, creationTimestamp: timestamp() },
    spec: { audiences: ['https://kubernetes.default.svc'], ...spec, expirationSeconds: seconds },
    status: { token, expirationTimestamp: timestamp(new Date(Date.now() + seconds * 1000)) },
  };
}

import type { ClusterState } from '../cluster-state.ts';
import { type ApiObject, copy, view } from '../object.ts';
import { resource } from '../resources.ts';
import { matchesLabelSelector } from '../selectors.ts';

const PODS = resource('', 'pods');
const BUDGETS = resource('policy', 'poddisruptionbudgets');

/** The disruption controller: how many pods may go at once. */
export function syncBudgets({ store }: ClusterState, namespace: string): void {
  for (const budget of store.list(BUDGETS, namespace)) {
    const {
      selector = {},
      minAvailable,
      maxUnavailable,
    } = view<{
      selector?: Parameters<typeof matchesLabelSelector>[0];
      minAvailable?: number | string;
      maxUnavailable?: number | string;
    }>(budget.spec ?? {});
    const pods = store.list(PODS, namespace).filter((pod) => matchesLabelSelector(selector, pod.metadata.labels ?? {}));
    const expectedPods = pods.length;
    const currentHealthy = pods.filter(isReady).length;
    const portion = (value: number | string) =>
      typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) / 100) * expectedPods);
    const desiredHealthy =
      maxUnavailable === undefined ? portion(minAvailable ?? 1) : Math.max(0, expectedPods - portion(maxUnavailable));
    const disruptionsAllowed = Math.max(0, currentHealthy - desiredHealthy);
    const status = {
      ...budget.status,
      expectedPods,
      currentHealthy,
      desiredHealthy,
      disruptionsAllowed,
      observedGeneration: budget.metadata.generation,
    };
    if (JSON.stringify(status) !== JSON.stringify(budget.status)) store.put(BUDGETS, { ...copy(budget), status });
  }
}

function isReady(pod: ApiObject): boolean {
  const { conditions = [] } = view<{ conditions?: { type: string; status: string }[] }>(pod.status ?? {});
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

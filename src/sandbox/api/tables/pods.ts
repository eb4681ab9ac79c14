import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import { view } from '../object.ts';
import { age } from './age.ts';
import { column, nameColumn, type TableDefinition, wide } from './column.ts';
import { summarizePod } from './pod-status.ts';

const finished: Readonly<Record<string, object>> = {
  Succeeded: { reason: 'Succeeded', message: 'The pod has completed successfully.' },
  Failed: { reason: 'Failed', message: 'The pod failed.' },
};

export const pods: TableDefinition = {
  columns: [
    nameColumn,
    column('Ready'),
    column('Status'),
    column('Restarts'),
    column('Age'),
    wide('IP'),
    wide('Node'),
    wide('Nominated Node'),
    wide('Readiness Gates'),
  ],
  cells(object, now) {
    const { spec, status } = view<V1Pod>(object);
    const { reason, ready, total, restarts, restartedAt } = summarizePod(view<V1Pod>(object));
    const { name, creationTimestamp } = object.metadata;
    return [
      name ?? '',
      `${ready}/${total}`,
      reason,
      restarts > 0 && restartedAt !== undefined ? `${restarts} (${age(restartedAt, now)} ago)` : `${restarts}`,
      age(creationTimestamp, now),
      status?.podIPs?.[0]?.ip || '<none>',
      spec?.nodeName || '<none>',
      status?.nominatedNodeName || '<none>',
      readinessGates(view<V1Pod>(object)),
    ];
  },
  conditions(object) {
    const why = finished[String(object.status?.phase)];
    return why && [{ type: 'Completed', status: 'True', ...why }];
  },
};

function readinessGates({ spec, status }: V1Pod): string {
  const gates = spec?.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const open = gates.filter(({ conditionType }) =>
    status?.conditions?.some((condition) => condition.type === conditionType && condition.status === 'True'),
  );
  return `${open.length}/${gates.length}`;
}

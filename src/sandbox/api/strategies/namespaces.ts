import type { Strategy } from '../strategy.ts';
import { dnsLabel } from '../validation/names.ts';

export const namespaces: Strategy = {
  nameRule: dnsLabel,
  returnsDeleted: true,
  fields: { 'status.phase': (object) => String(object.status?.phase ?? ''), name: (object) => object.metadata.name },
  prepareCreate(object) {
    object.metadata.labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name };
    object.spec = { ...object.spec, finalizers: ['kubernetes'] };
    object.status = { phase: 'Active' };
  },
  prepareUpdate(next, previous) {
    next.metadata.labels = { ...next.metadata.labels, 'kubernetes.io/metadata.name': next.metadata.name };
    if (previous.spec !== undefined) next.spec = previous.spec;
  },
};

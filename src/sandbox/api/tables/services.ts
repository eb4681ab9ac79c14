import type { V1Service } from '@kubernetes/client-node/dist/gen/models/V1Service.js';
import { view } from '../object.ts';
import { age } from './age.ts';
import { column, nameColumn, type TableDefinition, wide } from './column.ts';

export const services: TableDefinition = {
  columns: [
    nameColumn,
    column('Type'),
    column('Cluster-IP'),
    column('External-IP'),
    column('Port(s)'),
    column('Age'),
    wide('Selector'),
  ],
  cells(object, now) {
    const service = view<V1Service>(object);
    const { type, clusterIPs, ports = [], selector = {} } = service.spec ?? {};
    const shown = ports.map(({ port, nodePort, protocol }) => `${port}${nodePort ? `:${nodePort}` : ''}/${protocol}`);
    const pairs = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
    return [
      object.metadata.name ?? '',
      type ?? '',
      clusterIPs?.[0] ?? '<none>',
      externalAddress(service),
      shown.join(',') || '<none>',
      age(object.metadata.creationTimestamp, now),
      pairs.sort().join(',') || '<none>',
    ];
  },
};

function externalAddress({ spec, status }: V1Service): string {
  const given = spec?.externalIPs ?? [];
  switch (spec?.type) {
    case 'ClusterIP':
    case 'NodePort':
      return given.join(',') || '<none>';
    case 'LoadBalancer': {
      const balanced = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || '');
      return [...new Set(balanced.filter((one) => one !== '').sort()), ...given].join(',') || '<pending>';
    }
    case 'ExternalName':
      return spec.externalName ?? '';
    default:
      return '<unknown>';
  }
}

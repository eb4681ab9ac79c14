import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import type { Machine, MachineService } from '../../inventory/model.ts';
import type { Segment } from '../../tui/components/line.tsx';
import { field, section } from './fields.ts';

/** Where a machine is reached: what BOSH was promised, what its pod has, and its Services. */
export function addressLines(
  row: Machine,
  pod: V1Pod | undefined,
  services: readonly MachineService[],
  width: number,
): readonly (readonly Segment[])[] {
  const differs = row.promised !== undefined && row.promised !== row.address;
  return [
    ...section('Addresses', [
      ...field('promised', row.promised ?? 'none: its network is dynamic', width),
      ...field('actual', row.address ?? 'none yet', width, differs ? 'problem' : undefined),
      ...field('of the pod', pod?.status?.podIPs?.map(({ ip }) => ip).join(', ') ?? row.podAddress, width),
      ...field('of its node', pod?.status?.hostIP, width),
    ]),
    ...section(
      'Services',
      services.length === 0
        ? [[{ text: '  none: it is reached by its pod alone', role: 'dim' }]]
        : services.flatMap(({ name, type, addresses, ports }) => [
            ...field(type, name, width),
            ...field(
              '',
              [addresses.join(', ') || 'no address yet', ports.join(' ')].filter(Boolean).join('   '),
              width,
            ),
          ]),
    ),
  ];
}

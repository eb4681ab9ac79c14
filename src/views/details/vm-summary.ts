import type { V1ContainerStatus } from '@kubernetes/client-node/dist/gen/models/V1ContainerStatus.js';
import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import type { V1PodCondition } from '@kubernetes/client-node/dist/gen/models/V1PodCondition.js';
import { agentContainer } from '../../bosh/labels.ts';
import type { Finding } from '../../drift/model.ts';
import { formatAge } from '../../inventory/format.ts';
import type { Health, Machine } from '../../inventory/model.ts';
import type { Segment } from '../../tui/components/line.tsx';
import type { Role } from '../../tui/theme.ts';
import { driftSection } from '../drift/drift-section.ts';
import { field, section } from './fields.ts';

type Lines = readonly (readonly Segment[])[];

/** How a health is drawn. */
export const healthRoles: Readonly<Record<Health, Role>> = { ok: 'good', busy: 'busy', problem: 'problem' };

/** What an operator asks first about a machine. The pod's dates are texts, as JSON has them. @param now milliseconds since 1970 @param findings about it */
export function vmSummary(
  row: Machine,
  pod: V1Pod | undefined,
  width: number,
  now: number,
  findings: readonly Finding[] = [],
): Lines {
  const container = pod?.spec?.containers.find(({ name }) => name === agentContainer) ?? pod?.spec?.containers[0];
  const status = pod?.status?.containerStatuses?.find(({ name }) => name === container?.name);
  const { requests, limits } = container?.resources ?? {};
  return [
    ...driftSection(findings, width, now),
    ...section('Machine', [
      ...field('state', row.ready ? `${row.state}, ready` : row.state, width, healthRoles[row.health]),
      ...field('', row.reason, width, healthRoles[row.health]),
      ...field('instance', row.instance, width),
      ...field('deployment', row.deployment, width),
      ...field('agent', row.agentId, width),
      ...field('pod', `${row.namespace}/${row.name}`, width),
      ...field('node', row.zone === undefined ? row.node : `${row.node}, zone ${row.zone}`, width),
      ...field('created', since(new Date(row.created).toISOString(), now), width),
      ...field('promised address', row.promised, width),
      ...field(
        'actual address',
        row.address,
        width,
        row.promised === row.address ? undefined : healthRoles[row.health],
      ),
      ...field('disks', row.disks.join(', '), width),
    ]),
    ...section('Container', [
      ...field('stemcell', row.stemcell, width),
      ...field('image', container?.image, width),
      ...field('state', stateOf(status, now), width),
      ...field('restarts', status?.restartCount, width),
      ...field('ended before', lastEnd(status, now), width, 'busy'),
      ...field('asks for', quantities(requests), width),
      ...field('limited to', quantities(limits), width),
      ...field('quality', pod?.status?.qosClass, width),
      ...field('priority', pod?.spec?.priorityClassName, width),
    ]),
    ...section(
      'Conditions',
      (pod?.status?.conditions ?? []).flatMap((one) => condition(one, width, now)),
    ),
    ...section(
      'The Director told',
      Object.entries(row.labels)
        .sort(([a], [b]) => a.localeCompare(b))
        .flatMap(([key, value]) => field(key, value, width)),
    ),
  ];
}

function stateOf(status: V1ContainerStatus | undefined, now: number): string | undefined {
  const { running, waiting, terminated } = status?.state ?? {};
  if (running !== undefined) return `running since ${since(running.startedAt, now)}`;
  if (waiting !== undefined) return `waiting: ${[waiting.reason, waiting.message].filter(Boolean).join(': ')}`;
  return terminated && `ended with ${terminated.exitCode}, ${terminated.reason ?? 'no reason given'}`;
}

function lastEnd(status: V1ContainerStatus | undefined, now: number): string | undefined {
  const end = status?.lastState?.terminated;
  if (end === undefined) return undefined;
  const how = end.signal ? `signal ${end.signal}` : `exit status ${end.exitCode}`;
  return [`${how}, ${end.reason ?? 'no reason given'}`, end.message, since(end.finishedAt, now)]
    .filter(Boolean)
    .join(', ');
}

function condition({ type, status, reason, message, lastTransitionTime }: V1PodCondition, width: number, now: number) {
  const is = status === 'True' ? 'yes' : status === 'False' ? 'no' : 'unknown';
  const why = [reason, message].filter(Boolean).join(': ');
  const text = [is, why, since(lastTransitionTime, now)].filter(Boolean).join(', ');
  return field(type, text, width, status === 'True' ? undefined : 'busy');
}

function quantities(all: Readonly<Record<string, string>> | undefined): string | undefined {
  return (
    all &&
    Object.entries(all)
      .map(([name, quantity]) => `${name} ${quantity}`)
      .join(', ')
  );
}

/** A time and how long ago that is; nothing for none. */
export function since(time: Date | string | undefined, now: number): string | undefined {
  if (time === undefined || time === null) return undefined;
  const at = new Date(time);
  return `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC, ${formatAge(now - at.getTime())} ago`;
}

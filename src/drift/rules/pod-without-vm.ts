import { ownerOf } from '../belief.ts';
import type { Rule, VmCase } from '../rule.ts';

/** How long a machine may be unknown: the Director writes it down when create_vm has answered. */
const namedMs = 120_000;

/** The same for one without metadata: create-env makes it, or a Director that has not heard of it yet; create_vm alone may take ten minutes. */
const unnamedMs = 900_000;

/** An agent's pod that its Director does not know. */
export const podWithoutVm: Rule<VmCase> = {
  name: 'pod-without-vm',
  director: 'needed',
  holdMs: 5000,
  look({ name, vm, bosh }) {
    const { row, pod } = vm;
    if (bosh === undefined || row === undefined || pod === undefined || pod.state === 'Terminating') return [];
    const { belief, instance, orphan } = bosh;
    if (instance !== undefined || orphan !== undefined) return [];
    const owner = ownerOf(row.labels, belief);
    if (owner === 'another') return [];
    // who does not see all deployments cannot say that one of them does not have it
    if (!belief.isWhole && !belief.deployments.has(row.deployment ?? '')) return [];
    const whose =
      owner === 'mine'
        ? `Its metadata names ${belief.director}, which has no such VM: its deletion was cut short, or the Director was restored from an older backup.`
        : 'No Director has put its metadata on it: a create_vm was cut short before its answer was heard, or another Director made it.';
    return [
      {
        severity: 'medium',
        title: 'unknown pod',
        expected: 'no pod',
        actual: `${pod.state}${pod.addresses[0] === undefined ? '' : ` on ${pod.addresses[0]}`}`,
        sides: [
          { source: 'Director record', value: '–', note: `${belief.director} has no VM ${name}` },
          { source: 'pod', value: pod.state, note: pod.node && `on ${pod.node}` },
          { source: 'metadata', value: row.instance, note: row.labels.director ?? 'names no Director' },
        ],
        explanation: [
          `Pod ${name} is an agent's, but ${belief.director} does not know it. ${whose}`,
          'It takes room on its node and keeps its addresses; jobs on it may still act as a second copy of an instance.',
        ],
        repairs: ['delete-vm'],
        notBefore: pod.created + (owner === 'mine' ? namedMs : unnamedMs),
      },
    ];
  },
};

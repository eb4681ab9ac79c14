import { zones } from './plan.ts';

/** A node of the demo's cluster. */
export interface DemoNode {
  readonly name: string;
  readonly zone: string;
  /** First two numbers of its pods' addresses. */
  readonly podNetwork: string;
  readonly capacity: Readonly<Record<string, string>>;
}

const MACHINES_A_NODE = 250;
/** Room for so many machines, and for the director to make one anew. */
const CAPACITY = { cpu: '1024', memory: '4Ti', 'ephemeral-storage': '16Ti', pods: '1000' };

/** Nodes for so many machines, at least two in each zone. */
export function planNodes(machines: number): readonly DemoNode[] {
  const each = Math.max(2, Math.ceil(machines / zones.length / MACHINES_A_NODE));
  return zones.flatMap((zone, row) =>
    Array.from({ length: each }, (_, index) => ({
      name: `worker-${zone}-${index}`,
      zone,
      podNetwork: `172.${16 + row * each + index}`,
      capacity: CAPACITY,
    })),
  );
}

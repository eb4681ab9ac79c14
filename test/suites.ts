import { missingForDirector } from './deploy/missing.ts';

/** Tests that are run together, in one process of ava. */
export interface Suite {
  readonly name: string;
  /** Patterns of test files, as ava takes them. */
  readonly files: readonly string[];
  /** Test files at once; as many as there are cores where absent. */
  readonly concurrency?: number;
  /** The cluster it is given: an API server where the run has one (`plane`), or, else it is left out, one with a node (`node`), or none (`own`). */
  readonly cluster: 'plane' | 'node' | 'own';
  /** What of its own it lacks here, a phrase each: with any it is left out. */
  readonly missing?: () => readonly string[];
}

/** Every suite beside the rest; a test file belongs to the first one that names it. */
const special: readonly Suite[] = [
  {
    name: 'machines on a node',
    files: ['test/machine/{machine,life,console,unprivileged,networks}.test.ts', 'test/cluster/node.test.ts'],
    concurrency: 1,
    cluster: 'node',
  },
  {
    name: 'disks of running machines',
    files: ['test/machine/hotplug/*.test.ts'],
    concurrency: 1,
    cluster: 'node',
  },
  { name: 'crash matrix', files: ['test/crash/**/*.test.ts'], concurrency: 1, cluster: 'plane' },
  { name: 'replay of a Director', files: ['test/replay/**/*.test.ts'], concurrency: 1, cluster: 'plane' },
  {
    name: 'Director',
    files: ['test/deploy/*.test.ts'],
    concurrency: 1,
    cluster: 'own',
    missing: missingForDirector,
  },
];

const rest: Suite = {
  name: 'unit and contract',
  files: ['test/**/*.test.{ts,tsx}', ...special.flatMap(({ files }) => files.map((pattern) => `!${pattern}`))],
  cluster: 'plane',
};

/** All suites in the order they are begun: what fails soonest first, and what waits most beside what works most. */
export const suites: readonly Suite[] = [rest, ...special];

/** What a run has at hand beside Node. */
export interface Means {
  /** A real API server was started or named. */
  readonly cluster: boolean;
  /** It has a node that runs containers. */
  readonly node: boolean;
  /** The executable was built. */
  readonly executable: boolean;
}

/** Tests that are run together, in one process of ava. */
export interface Suite {
  readonly name: string;
  /** Patterns of test files, as ava takes them. */
  readonly files: readonly string[];
  /** Test files at once; as many as there are cores where absent. */
  readonly concurrency?: number;
  /** What the run lacks for this suite and how to get it, or undefined. */
  readonly lacks?: (means: Means) => string | undefined;
}

const onCluster = ({ cluster }: Means) =>
  cluster
    ? undefined
    : 'needs a real API server: npm test -- --cluster (builds one with Go), or KUBECONFIG with --cluster';
const onNode = ({ node }: Means) =>
  node ? undefined : 'needs a node that runs containers: npm test -- --node (as root, with containerd)';

/** Every suite; a test file belongs to the first one that names it. */
export const suites: readonly Suite[] = [
  { name: 'crash matrix', files: ['test/crash/**/*.test.ts'], concurrency: 1, lacks: onCluster },
  { name: 'replay of a Director', files: ['test/replay/**/*.test.ts'], concurrency: 1, lacks: onCluster },
  {
    name: 'machines on a node',
    files: ['test/machine/machine.test.ts', 'test/node/**/*.test.ts'],
    concurrency: 1,
    lacks: onNode,
  },
];

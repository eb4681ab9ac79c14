/**
 * `npm test`: every test that can run on this machine, then what was left out and how to have it, then the counts.
 *
 *   --cluster      also on a real API server: the one KUBECONFIG names, or one built from Go modules
 *   --node         also with a node that runs containers (root)
 *   --executable   calls go through the built executable as well; builds it
 *   --only NAME    suites whose name begins so; other arguments are patterns of test files
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { type Means, type Suite, suites } from './suites.ts';
import { tapReader } from './tap.ts';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const root = join(import.meta.dirname, '..');
const ava = join(root, 'node_modules/ava/entrypoints/cli.js');

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      cluster: { type: 'boolean', default: false },
      node: { type: 'boolean', default: false },
      executable: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
    },
  });
  const { env, means, stop } = await provide(values);
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  const leftOut: string[] = [];
  try {
    for (const suite of chosen(values.only, positionals)) {
      const lacks = suite.lacks?.(means);
      if (lacks === undefined) add(total, await runSuite(suite, env));
      else leftOut.push(`${suite.name}: ${lacks}`);
    }
  } finally {
    await stop();
  }
  total.skipped += leftOut.length;
  if (leftOut.length > 0) console.log(`\nLeft out (each counted as one skipped):\n  ${leftOut.join('\n  ')}`);
  console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
}

/** Suites in the order they are run: quick ones first. */
function chosen(only: string, patterns: readonly string[]): readonly Suite[] {
  if (patterns.length > 0) return [{ name: 'chosen', files: patterns }];
  const special = suites.flatMap(({ files }) => files.map((pattern) => `!${pattern}`));
  const rest: Suite = { name: 'unit and contract', files: ['test/**/*.test.ts', ...special] };
  return [rest, ...suites].filter(({ name }) => name.startsWith(only));
}

/** Starts what was asked for. The environment tells the tests: see test/README.md. */
async function provide(asked: { cluster: boolean; node: boolean; executable: boolean }): Promise<{
  env: NodeJS.ProcessEnv;
  means: Means;
  stop: () => Promise<void>;
}> {
  const env = { ...process.env };
  delete env.TEST_KUBECONFIG;
  delete env.TEST_NODE;
  const means = { cluster: asked.cluster || asked.node, node: asked.node, executable: asked.executable };
  if (asked.executable) {
    const { compile } = await import('../scripts/build/executable.ts');
    env.TEST_EXECUTABLE = join(root, 'dist/kubernetes-cpi');
    await compile(join(root, 'src/main.ts'), env.TEST_EXECUTABLE);
  }
  if (!means.cluster) return { env, means, stop: async () => undefined };
  if (process.env.KUBECONFIG !== undefined && !asked.node) {
    return { env: { ...env, TEST_KUBECONFIG: process.env.KUBECONFIG }, means, stop: async () => undefined };
  }
  const { startCluster, stopCluster } = await import('./cluster/cluster.ts');
  const name = process.env.TEST_CLUSTER_NAME ?? `test-${process.pid}`;
  const cluster = await startCluster({ name, node: asked.node, progress: console.error });
  const node = asked.node ? { TEST_NODE: '1' } : {};
  const stop = async () => {
    await stopCluster(name);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void stop().finally(() => process.exit(1)));
  return { env: { ...env, TEST_KUBECONFIG: cluster.kubeconfig, TEST_CLUSTER: name, ...node }, means, stop };
}

/** Runs one suite and prints its failures as they come. A suite that ends without a word counts as failed. */
async function runSuite({ name, files, concurrency }: Suite, env: NodeJS.ProcessEnv): Promise<Counts> {
  const started = performance.now();
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  const limit = concurrency === undefined ? [] : ['--concurrency', String(concurrency)];
  const child = spawn(process.execPath, [ava, '--tap', ...limit, ...files], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const read = tapReader(({ result, details }) => {
    counts[result] += 1;
    if (result === 'failed') console.log(details);
  });
  const exited = new Promise<number | null>((resolve) => child.on('close', resolve));
  for await (const line of createInterface({ input: child.stdout })) read(line);
  read(undefined);
  const status = await exited;
  if (status !== 0 && counts.failed === 0) {
    console.log(`${name}: ava ended with ${status} and no failed test`);
    counts.failed += 1;
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped (${seconds} s)`);
  return counts;
}

function add(total: Counts, more: Counts): void {
  total.passed += more.passed;
  total.failed += more.failed;
  total.skipped += more.skipped;
}

process.exitCode = await main();

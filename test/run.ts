/**
 * `npm test`: every test that can run on this machine, then what was left out and how to have it, then the counts.
 *
 *   --cluster      also on a real API server, built from Go modules, or the one KUBERNETES_CPI_TEST_KUBECONFIG names
 *   --node         also on one with a node that runs containers (root)
 *   --executable   calls go through the built executable; builds it
 *   --only NAME    suites whose name begins so; other arguments are patterns of test files
 */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { bundle } from '../scripts/build/bundle.ts';
import { compile } from '../scripts/build/executable.ts';
import { root } from '../scripts/root.ts';
import { startCluster, stopCluster } from './cluster/cluster.ts';
import { type Suite, suites } from './suites.ts';
import { tapReader } from './tap.ts';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

interface Asked {
  readonly cluster: boolean;
  readonly node: boolean;
  readonly executable: boolean;
}

const ava = join(root, 'node_modules/ava/entrypoints/cli.js');

/** Clusters of this run are named after it, so that whoever starts it can take them down should it be killed. */
const run = process.env.TEST_RUN ?? `test-${process.pid}`;

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
  const chosen: readonly Suite[] =
    positionals.length > 0
      ? [{ name: 'chosen', files: positionals, cluster: values.node ? 'node' : 'plane' }]
      : suites.filter(({ name }) => name.startsWith(values.only));
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  const leftOut: string[] = [];
  // such suites call what others have brought up: nothing is to be built, and no hint is about them
  const needsOurs = chosen.some(({ cluster }) => cluster !== 'own');
  const env = needsOurs ? await environment(values) : process.env;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void stop().then(() => process.exit(1)));
  const runnable = chosen.filter((suite) => {
    const lacking = suite.missing?.() ?? [];
    if (suite.cluster === 'node' && !values.node)
      leftOut.push(`${suite.name} (counted as one skipped): npm test -- --node (needs Go, root and containerd)`);
    else if (lacking.length > 0)
      leftOut.push(`${suite.name} (counted as one skipped): ${lacking.join('; ')}, see test/README.md`);
    else return true;
    return false;
  });
  const waiting = runnable.filter(({ cluster }) => cluster !== 'own');
  const work = async () => {
    for (let suite = waiting.shift(); suite !== undefined; suite = waiting.shift())
      add(total, await runSuite(suite, { ...env, ...(await clusterFor(suite.cluster, values)) }));
  };
  try {
    // machines on a node mostly wait, for images, agents and mounts: others use the processor meanwhile
    await Promise.all(waiting.some(({ cluster }) => cluster === 'node') ? [work(), work()] : [work()]);
    for (const suite of runnable.filter(({ cluster }) => cluster === 'own')) add(total, await runSuite(suite, env));
  } finally {
    await stop();
  }
  total.skipped += leftOut.length;
  explain([...(needsOurs ? hintsFor(values) : []), ...leftOut]);
  console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return total.failed > 0 || total.passed + total.skipped === 0 ? 1 : 0;
}

/** What every suite's tests find in their environment: see test/README.md. */
async function environment({ executable }: Asked): Promise<NodeJS.ProcessEnv> {
  const env = { ...process.env };
  for (const name of ['TEST_KUBECONFIG', 'TEST_CLUSTER', 'TEST_NODE', 'TEST_EXECUTABLE']) delete env[name];
  mkdirSync(join(root, 'dist'), { recursive: true });
  const script = join(root, 'dist/kubernetes-cpi.mjs');
  await bundle(join(root, 'src/main.ts'), script, 'node');
  if (!executable) return { ...env, TEST_BUNDLE: script };
  const file = join(root, 'dist/kubernetes-cpi');
  await compile(join(root, 'src/main.ts'), file);
  return { ...env, TEST_BUNDLE: script, TEST_EXECUTABLE: file };
}

const clusters = new Map<Suite['cluster'], Promise<NodeJS.ProcessEnv>>();

/** The cluster that a kind of suites runs on: the first one starts it. */
function clusterFor(kind: Suite['cluster'], { cluster, node }: Asked): Promise<NodeJS.ProcessEnv> {
  const known = clusters.get(kind) ?? (cluster || node ? start(kind) : Promise.resolve({}));
  clusters.set(kind, known);
  return known;
}

async function start(kind: Suite['cluster']): Promise<NodeJS.ProcessEnv> {
  const withNode = kind === 'node';
  const { kubeconfig, name } = await startCluster({
    name: `${run}-${kind}`,
    node: withNode,
    progress: console.log,
  });
  return { TEST_KUBECONFIG: kubeconfig, TEST_CLUSTER: name, ...(withNode ? { TEST_NODE: '1' } : {}) };
}

async function stop(): Promise<void> {
  for (const kind of ['plane', 'node'] as const) await stopCluster(`${run}-${kind}`);
}

/** What else a run could have had, and how. */
function hintsFor({ cluster, node, executable }: Asked): readonly string[] {
  return [
    ...(cluster || node ? [] : ['everything against a real API server: npm test -- --cluster (needs Go)']),
    ...(executable ? [] : ['everything through the executable: npm test -- --executable']),
  ];
}

/** Says what was not run, and how to run it. */
function explain(hints: readonly string[]): void {
  if (hints.length > 0) console.log(`\nLeft out:\n  ${hints.join('\n  ')}`);
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

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { root } from '../../scripts/root.ts';
import { diskRules, vmRules } from '../../src/drift/rules.ts';
import { type Cluster, connect } from '../../src/kubernetes/cluster.ts';
import { parseKubeconfig, targetOf } from '../../src/kubernetes/kubeconfig.ts';
import { kubeconfigOf, startSandbox } from '../../src/sandbox/sandbox.ts';

const agentLabel = 'bosh.cloudfoundry.org/agent-id';
const namespace = 'bosh';

/** A cluster with one machine behind a Service of its own. */
async function place(t: ExecutionContext) {
  const sandbox = await startSandbox();
  t.teardown(() => sandbox.stop());
  const cluster = connect(targetOf(await parseKubeconfig(sandbox.kubeconfig)));
  t.teardown(() => cluster.close());
  await cluster.core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: 'machine' } } });
  await machine(cluster, '1');
  return { cluster, kubeconfig: file(t, JSON.stringify(sandbox.kubeconfig)) };
}

async function machine({ core }: Cluster, agent: string): Promise<void> {
  const labels = { [agentLabel]: agent };
  const name = `agent-${agent}`;
  const { metadata: record } = await core.createNamespacedSecret({ namespace, body: { metadata: { name, labels } } });
  const ports = [{ name: 'all', port: 443 }];
  const spec = { clusterIP: '10.96.0.77', selector: labels, ports, publishNotReadyAddresses: true };
  await core.createNamespacedService({ namespace, body: { metadata: { name: `${name}-net`, labels }, spec } });
  const told = { director: 'lab', deployment: 'cf', job: 'api', index: '0', id: 'i' };
  const annotations = {
    'bosh.cloudfoundry.org/metadata': JSON.stringify(told),
    'bosh.cloudfoundry.org/ip-address': '10.96.0.77',
    'bosh.cloudfoundry.org/record': record?.uid ?? '',
  };
  const containers = [{ name: 'bosh-job', image: 'registry.test/noble:1' }];
  await core.createNamespacedPod({
    namespace,
    body: {
      metadata: { name, labels, annotations },
      spec: { serviceAccountName: 'machine', automountServiceAccountToken: false, containers },
    },
  });
}

function file(t: ExecutionContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'drift-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'kubeconfig'), text);
  return join(folder, 'kubeconfig');
}

/** Runs the program as cron would: no terminal, and nothing of the environment but what is given. */
async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [join(root, 'src/main.ts'), 'drift', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: '/nonexistent', ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { status, stdout, stderr };
}

test('no drift is status 0; drift is status 1, for people and for programs', async (t) => {
  const { cluster, kubeconfig } = await place(t);
  const none = await run(['--kubeconfig', kubeconfig]);
  t.deepEqual([none.status, none.stdout], [0, 'no drift\n'], none.stderr);
  t.regex(none.stderr, /^kubernetes-cpi drift: No Director: whether BOSH knows a machine or disk/);

  const path = `/api/v1/namespaces/${namespace}/services/agent-1-net`;
  await cluster.json({ method: 'PATCH', path, body: { spec: { selector: { [agentLabel]: 'nobody' } } } });
  const text = await run(['--kubeconfig', kubeconfig]);
  t.is(text.status, 1, text.stderr);
  const [title = '', row = '', ...more] = text.stdout.trimEnd().split('\n');
  t.regex(title, /^SEVERITY +WHAT +SUBJECT +DEPLOYMENT +BOSH SAYS +KUBERNETES HAS +REPAIR +OBJECT$/);
  t.regex(row, /^high +Service leads away +api\/0 +cf +pod agent-1 +\S+agent-id=nobody +mend-service +agent-1-net$/);
  t.deepEqual(more, []);

  const json = await run(['--kubeconfig', kubeconfig, '--json']);
  t.is(json.status, 1);
  t.is(json.stderr, '', 'a program reads them in the notes');
  const output = JSON.parse(json.stdout) as Readonly<Record<string, unknown>>;
  t.like(output, {
    version: 1,
    kubernetes: { context: 'sandbox', namespace },
    director: null,
    findings: [
      {
        id: 'service-selector:bosh/agent-1-net',
        rule: 'service-selector',
        severity: 'high',
        subject: {
          kind: 'service',
          label: 'api/0',
          namespace,
          name: 'agent-1-net',
          deployment: 'cf',
          instance: 'api/i',
        },
        repairs: ['mend-service'],
      },
    ],
  });
  t.is((await run(['--kubeconfig', kubeconfig, '--json'])).stdout, json.stdout, 'the same drift is the same text');
  const other = await run(['--kubeconfig', kubeconfig, '--filter', '-l rule=ip-differs']);
  t.deepEqual([other.status, other.stdout], [0, 'no drift\n']);
  t.is((await run(['--kubeconfig', kubeconfig, '--filter', '-l deployment=cf,severity=high'])).status, 1);
});

test('what cannot be found out is status 2, never "no drift"', async (t) => {
  const gone = file(t, JSON.stringify(kubeconfigOf('http://127.0.0.1:9', 'gone', 'bosh')));
  const cluster = await run(['--kubeconfig', gone]);
  t.is(cluster.status, 2);
  t.is(cluster.stdout, '');
  t.regex(cluster.stderr, /127\.0\.0\.1:9 could not be reached/);
  const { kubeconfig } = await place(t);
  const env = { BOSH_ENVIRONMENT: '127.0.0.1:9', BOSH_CLIENT: 'admin', BOSH_CLIENT_SECRET: 'very secret' };
  const director = await run(['--kubeconfig', kubeconfig], env);
  t.is(director.status, 2);
  t.is(director.stdout, '');
  t.regex(director.stderr, /127\.0\.0\.1:9/);
  t.notRegex(director.stderr, /very secret/);
});

const wrong: readonly (readonly [args: readonly string[], error: RegExp])[] = [
  [['-n', 'a', '-A'], /exclude each other/],
  [['--filter', '-l'], /labels are needed/],
  [['--jason'], /Unknown option '--jason'/],
  [['more'], /more/],
];

for (const [args, error] of wrong) {
  test(`"drift ${args.join(' ')}" is refused with what would be right`, async (t) => {
    const { status, stdout, stderr } = await run(args);
    t.deepEqual([status, stdout], [2, '']);
    t.regex(stderr, error);
    t.regex(stderr, /See kubernetes-cpi drift --help/);
  });
}

test('every rule is told in the documentation', (t) => {
  const page = readFileSync(join(root, 'docs/drift.md'), 'utf8');
  for (const { name } of [...vmRules, ...diskRules]) t.true(page.includes(`| \`${name}\` |`), name);
});

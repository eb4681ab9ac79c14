import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { root } from '../../scripts/root.ts';
import { type Cluster, connect } from '../../src/kubernetes/cluster.ts';
import { loadKubeconfig, targetOf } from '../../src/kubernetes/kubeconfig.ts';
import { kubeconfigOf, startSandbox } from '../../src/sandbox/sandbox.ts';

interface Place {
  readonly kubeconfig: string;
  readonly admin: Cluster;
  readonly namespace: string;
  /** Kubeconfig of one who may do nothing but what roles of the namespace give; only embedded. */
  readonly limited?: string;
}

/** A cluster with two machines, one of them in trouble, and two disks. */
type Start = (t: ExecutionContext) => Promise<Place>;

async function embedded(t: ExecutionContext): Promise<Place> {
  const tokens = {
    admin: { name: 'admin', groups: ['system:masters', 'system:authenticated'] },
    limited: { name: 'limited', groups: ['system:authenticated'] },
  };
  const sandbox = await startSandbox({ nodes: [], scheduler: false, storage: false, tokens });
  t.teardown(() => sandbox.stop());
  const write = (token: string) => file(t, JSON.stringify(kubeconfigOf(sandbox.url, 'sandbox', 'bosh', token)));
  return { ...(await place(t, write('admin'))), limited: write('limited') };
}

async function place(t: ExecutionContext, kubeconfig: string): Promise<Place> {
  const admin = connect(targetOf(await loadKubeconfig({ paths: [kubeconfig] })), { env: {} });
  const namespace = `list-${randomBytes(4).toString('hex')}`;
  await admin.core.createNamespace({ body: { metadata: { name: namespace } } });
  t.teardown(async () => {
    await admin.core.deleteNamespace({ name: namespace });
    admin.close();
  });
  await admin.core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: 'machine' } } });
  await machine(admin, namespace, '1', { deployment: 'cf', job: 'api', index: '10' }, ['disk-1']);
  await machine(admin, namespace, '2', { deployment: 'cf', job: 'api', index: '9' }, []);
  for (const name of ['disk-1', 'disk-2']) {
    const body = {
      metadata: { name, labels: { 'bosh.cloudfoundry.org/disk-id': name } },
      // a class that nobody provides: the claims stay as they are
      spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'none', resources: { requests: { storage: '3Gi' } } },
    };
    await admin.core.createNamespacedPersistentVolumeClaim({ namespace, body });
  }
  return { kubeconfig, admin, namespace };
}

async function machine(
  admin: Cluster,
  namespace: string,
  agent: string,
  told: Readonly<Record<string, string>>,
  claims: readonly string[],
): Promise<void> {
  const labels = { 'bosh.cloudfoundry.org/agent-id': agent };
  const name = `agent-${agent}`;
  await admin.core.createNamespacedSecret({ namespace, body: { metadata: { name, labels } } });
  const annotations = { 'bosh.cloudfoundry.org/metadata': JSON.stringify(told) };
  const volumes = claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } }));
  await admin.core.createNamespacedPod({
    namespace,
    body: {
      metadata: { name, labels, annotations },
      spec: {
        serviceAccountName: 'machine',
        automountServiceAccountToken: false,
        nodeSelector: { 'no.such/node': 'true' },
        containers: [{ name: 'bosh-job', image: 'registry.test/noble:1' }],
        volumes,
      },
    },
  });
}

function file(t: ExecutionContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'list-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'kubeconfig'), text);
  return join(folder, 'kubeconfig');
}

/** Runs the program as a script would: no terminal anywhere. */
async function run(...args: readonly string[]) {
  const child = spawn(process.execPath, [join(root, 'src/main.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: '/nonexistent' },
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

interface Output {
  readonly Tables: readonly [
    {
      readonly Content: string;
      readonly Header: Readonly<Record<string, string>>;
      readonly Rows: readonly Readonly<Record<string, unknown>>[];
      readonly Notes: readonly string[];
    },
  ];
}

const real = process.env.TEST_KUBECONFIG;
const places: Readonly<Record<string, Start>> = {
  embedded,
  ...(real !== undefined && { real: (t: ExecutionContext) => place(t, real) }),
};

for (const [name, start] of Object.entries(places)) {
  test(`${name}: tables are printed for people and for programs`, async (t) => {
    const { kubeconfig, namespace } = await start(t);
    const where = ['--kubeconfig', kubeconfig, '-n', namespace];

    const vms = await run('vms', ...where);
    t.is(vms.status, 0, vms.stderr);
    const [title, ...lines] = vms.stdout.trimEnd().split('\n');
    t.regex(
      title ?? '',
      /^INSTANCE +STATE +READY +RESTARTS +PROMISED IP +ACTUAL IP +NODE +ZONE +DISKS +AGE +DEPLOYMENT +REASON$/,
    );
    t.deepEqual(
      lines.map((line) => line.split(/ +/).slice(0, 3)),
      [
        ['api/9', 'Pending', 'no'],
        ['api/10', 'Pending', 'no'],
      ],
    );

    const columns = await run('vms', ...where, '--column', 'vm,disks', '--sort', 'vm:desc', '--json');
    const [table] = (JSON.parse(columns.stdout) as Output).Tables;
    t.is(table.Content, 'vms');
    t.deepEqual(table.Header, { vm: 'VM CID', disks: 'DISKS' });
    t.deepEqual(table.Rows, [
      { vm: 'agent-2', disks: [] },
      { vm: 'agent-1', disks: ['disk-1'] },
    ]);

    const disks = await run('disks', ...where, '--json', '--filter', '!disk-2');
    const [{ Rows }] = (JSON.parse(disks.stdout) as Output).Tables;
    t.is(Rows.length, 1);
    t.like(Rows[0], {
      disk: 'disk-1',
      size: 3 * 2 ** 30,
      capacity: null,
      class: 'none',
      phase: 'Pending',
      instance: 'api/10',
      mounted: '/mnt/disk-1',
      orphan: false,
    });
    const stemcells = await run('stemcells', ...where, '--column', 'image', '--column', 'vms');
    t.is(stemcells.stdout, `IMAGE                  VMS\nregistry.test/noble:1    2\n`);
    const none = await run('vms', ...where, '--filter', '-l job=router', '--column', 'instance');
    t.deepEqual([none.status, none.stdout], [0, 'INSTANCE\n']);
  });
}

test('a missing right costs what it is about, and no more', async (t) => {
  const { admin, namespace, limited = '' } = await embedded(t);
  const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }];
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  await admin.json({ method: 'POST', path: `${rbac}/roles`, body: { metadata: { name: 'look' }, rules } });
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'look' };
  const subjects = [{ kind: 'User', name: 'limited', apiGroup: 'rbac.authorization.k8s.io' }];
  const body = { metadata: { name: 'look' }, roleRef, subjects };
  await admin.json({ method: 'POST', path: `${rbac}/rolebindings`, body });
  const where = ['--kubeconfig', limited, '--namespace', namespace];
  const vms = await run('vms', ...where, '--column', 'instance,zone');
  t.is(vms.status, 0);
  t.is(vms.stdout, 'INSTANCE  ZONE\napi/9     –\napi/10    –\n');
  t.regex(
    vms.stderr,
    /nodes could not be read: no right to list and watch nodes in all namespaces; grant it: kubectl create clusterrole/,
  );
  const json = await run('vms', ...where, '--json');
  t.is(json.stderr, '', 'a program reads them in the Notes');
  t.true((JSON.parse(json.stdout) as Output).Tables[0].Notes.some((note) => note.startsWith('nodes could not')));
  const disks = await run('disks', ...where);
  t.is(disks.status, 1);
  t.is(disks.stdout, '');
  t.regex(disks.stderr, /^kubernetes-cpi disks: no right to list and watch persistentvolumeclaims in namespace list-/);
});

const wrong: readonly (readonly [args: readonly string[], error: RegExp])[] = [
  [['--column', 'instnce'], /there is no column instnce\. Did you mean instance\? There are: instance, state/],
  [['--sort', 'instance:down'], /write instance or instance:desc/],
  [['--filter', '-l'], /labels are needed/],
  [['-n', 'a', '-A'], /exclude each other/],
  [['--jason'], /Unknown option '--jason'/],
  [['more'], /more/],
];

for (const [args, error] of wrong) {
  test(`"vms ${args.join(' ')}" is refused with what would be right`, async (t) => {
    const { status, stdout, stderr } = await run('vms', ...args);
    t.is(status, 2);
    t.is(stdout, '');
    t.regex(stderr, error);
    t.regex(stderr, /See kubernetes-cpi vms --help/);
  });
}

test('a cluster that is not there is status 1, with the reason', async (t) => {
  const kubeconfig = file(t, JSON.stringify(kubeconfigOf('http://127.0.0.1:9', 'gone', 'bosh')));
  const { status, stderr } = await run('vms', '--kubeconfig', kubeconfig);
  t.is(status, 1);
  t.regex(stderr, /127\.0\.0\.1:9 could not be reached: nothing listens/);
  const missing = await run('vms', '--kubeconfig', '/nonexistent');
  t.is(missing.status, 1);
  t.regex(missing.stderr, /kubeconfig \/nonexistent could not be read: ENOENT/);
});

test('every column is told in the help and in the documentation', async (t) => {
  const { readFileSync } = await import('node:fs');
  const page = readFileSync(join(root, 'docs/commands.md'), 'utf8');
  const { columns } = await import('../../src/inventory/columns.ts');
  const { stdout, status } = await run('vms', '--help');
  t.is(status, 0);
  for (const { key } of columns.machines) t.true(stdout.includes(key), key);
  for (const name of ['machines', 'disks', 'stemcells'] as const) {
    for (const { key } of columns[name]) t.true(page.includes(`| \`${key}\` |`), `${name}: ${key}`);
  }
});

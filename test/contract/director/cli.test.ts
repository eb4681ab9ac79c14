import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import anyTest, { type TestFn } from 'ava';
import { type ServedDirector, serveDirector } from '../../sandbox/director/serve.ts';

interface Context {
  readonly served: ServedDirector;
  readonly home: string;
}

const test = anyTest as TestFn<Context>;
const { BOSH_CLI: cli } = process.env;
const onCli = cli !== undefined && existsSync(cli) ? test.serial : test.serial.skip;
if (cli === undefined) {
  test.skip('the bosh CLI on the embedded Director: set BOSH_CLI to the executable (github.com/cloudfoundry/bosh-cli)', () =>
    undefined);
}

interface Said {
  readonly code: number;
  readonly text: string;
  readonly rows: readonly Readonly<Record<string, string>>[];
}

/** Runs a command of the CLI against the embedded Director. */
async function bosh({ served, home }: Context, ...args: readonly string[]): Promise<Said> {
  const { url, admin } = served.server;
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    BOSH_ENVIRONMENT: url,
    BOSH_CLIENT: admin.name,
    BOSH_CLIENT_SECRET: admin.password,
    BOSH_CA_CERT: join(home, 'ca.pem'),
    BOSH_NON_INTERACTIVE: 'true',
  };
  return await new Promise((resolve) => {
    execFile(cli ?? '', ['--json', ...args], { env, timeout: 60_000 }, (error, stdout) => {
      const answer = JSON.parse(stdout || '{}') as {
        readonly Tables?: readonly { readonly Rows: Said['rows'] }[];
        readonly Blocks?: readonly string[];
        readonly Lines?: readonly string[];
      };
      const text = [...(answer.Blocks ?? []), '\n', ...(answer.Lines ?? [])].join('');
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), text, rows: answer.Tables?.[0]?.Rows ?? [] });
    });
  });
}

test.before(async (t) => {
  if (cli === undefined) return;
  const served = await serveDirector();
  const home = mkdtempSync(join(tmpdir(), 'bosh-cli-'));
  writeFileSync(join(home, 'ca.pem'), served.server.authority);
  t.context = { served, home };
});
test.after.always(async (t) => {
  if (t.context.home === undefined) return;
  rmSync(t.context.home, { recursive: true });
  await t.context.served.stop();
});

const nameOf = ({ served }: Context, wanted: string) => {
  const { group, id } = served.instance(wanted);
  return `${group}/${id}`;
};

onCli('it logs in and lists what there is', async (t) => {
  t.like((await bosh(t.context, 'env')).rows[0], { name: 'demo', user: 'admin' });
  t.like((await bosh(t.context, 'deployments')).rows[0], { name: 'shop', release_s: 'shop/1.0.0' });
  t.like((await bosh(t.context, 'stemcells')).rows[0], { os: 'ubuntu-noble', version: '1.204*' });
  t.deepEqual((await bosh(t.context, 'locks')).rows, []);
  const vms = await bosh(t.context, '-d', 'shop', 'vms');
  t.deepEqual(
    vms.rows.map(({ process_state }) => process_state),
    ['running', 'running', 'running', 'running'],
  );
  const instances = await bosh(t.context, '-d', 'shop', 'instances', '--details');
  const db = instances.rows.find(({ instance }) => instance === nameOf(t.context, 'db/0'));
  t.like(db, { state: 'started', disk_cids: t.context.served.instance('db/0').disks[0]?.cid ?? '', ignore: 'false' });
});

onCli('it follows a task to its end, and finds it again', async (t) => {
  const [first] = (await bosh(t.context, 'tasks', '--recent')).rows;
  t.like(first, { description: 'create deployment', state: 'done', deployment: 'shop' });
  t.regex((await bosh(t.context, 'task', first?.id ?? '')).text, /Creating missing vms: db\//);
  t.regex((await bosh(t.context, 'task', first?.id ?? '', '--cpi')).text, /create_vm/);
  t.true((await bosh(t.context, 'events')).rows.some(({ object_name }) => object_name === 'lock:deployment:shop'));
});

onCli('it moves a disk from one machine to another', async (t) => {
  const { served } = t.context;
  const disk = served.instance('db/0').disks[0]?.cid ?? '';
  const refused = await bosh(t.context, '-d', 'shop', 'attach-disk', nameOf(t.context, 'db/1'), disk);
  t.is(refused.code, 1);
  t.regex(refused.text, /must be in 'bosh stopped' state/);
  t.is((await bosh(t.context, '-d', 'shop', 'stop', nameOf(t.context, 'db/0'), '--hard')).code, 0);
  t.is((await bosh(t.context, 'orphan-disk', disk)).code, 0);
  t.like((await bosh(t.context, 'disks', '--orphaned')).rows[0], {
    disk_cid: disk,
    deployment: 'shop',
    size: '1.0 GiB',
  });
  t.is((await bosh(t.context, '-d', 'shop', 'stop', nameOf(t.context, 'db/1'))).code, 0);
  const attached = await bosh(t.context, '-d', 'shop', 'attach-disk', nameOf(t.context, 'db/1'), disk);
  t.is(attached.code, 0, attached.text);
  for (const name of ['db/0', 'db/1']) {
    t.is((await bosh(t.context, '-d', 'shop', 'start', nameOf(t.context, name))).code, 0);
  }
  t.deepEqual((await served.director.backend.ask(served.instance('db/1').vm?.cid ?? ''))?.disks, [disk]);
  const [orphan] = (await bosh(t.context, 'disks', '--orphaned')).rows;
  t.is((await bosh(t.context, 'delete-disk', orphan?.disk_cid ?? '')).code, 0);
  t.deepEqual((await bosh(t.context, 'disks', '--orphaned')).rows, []);
});

onCli('it reports problems with exit status 1, and has them mended', async (t) => {
  const { served } = t.context;
  t.like(await bosh(t.context, '-d', 'shop', 'cck', '--report'), { code: 0, rows: [] });
  const { vm } = served.instance('web/0');
  served.agents.silence(vm?.cid ?? '');
  const report = await bosh(t.context, '-d', 'shop', 'cck', '--report');
  t.is(report.code, 1);
  t.like(report.rows[0], { type: 'unresponsive_agent' });
  t.is((await bosh(t.context, '-d', 'shop', 'cck', '--resolution', 'reboot_vm')).code, 0);
  t.is((await bosh(t.context, '-d', 'shop', 'cck', '--report')).code, 0);
});

onCli('it restarts and recreates, with and without the rest of the deployment', async (t) => {
  const { served } = t.context;
  for (const more of [[], ['--no-converge']]) {
    const before = served.instance('web/1').vm?.cid;
    t.is((await bosh(t.context, '-d', 'shop', 'restart', nameOf(t.context, 'web/1'), ...more)).code, 0);
    t.is(served.instance('web/1').vm?.cid, before);
    t.is((await bosh(t.context, '-d', 'shop', 'recreate', nameOf(t.context, 'web/1'), ...more)).code, 0);
    t.not(served.instance('web/1').vm?.cid, before);
  }
  t.is((await bosh(t.context, '-d', 'shop', 'ignore', nameOf(t.context, 'web/1'))).code, 0);
  t.is((await bosh(t.context, '-d', 'shop', 'stop', nameOf(t.context, 'web/1'))).code, 1);
  t.is((await bosh(t.context, '-d', 'shop', 'unignore', nameOf(t.context, 'web/1'))).code, 0);
});

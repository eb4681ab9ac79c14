import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import { readTarget } from '../../../src/director/target.ts';
import { perform } from '../../sandbox/director/http.ts';
import { type ServedDirector, serveDirector } from '../../sandbox/director/serve.ts';
import { type Case, cases, type Names } from './cases.ts';
import { differences } from './shape.ts';

/** An answer, wherever it comes from. Names of headers are in lower case. */
interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A Director that can be asked. */
interface Side {
  readonly url: string;
  readonly login: string;
  readonly ca: string | undefined;
  readonly names: Names;
}

const test = anyTest as TestFn<{ served: ServedDirector; embedded: Side }>;
const folder = new URL('../../fixtures/director/api/', import.meta.url);

test.before(async (t) => {
  const served = await serveDirector();
  t.context.served = served;
  // something to list: an orphan, a problem, an instance without a VM
  const db = served.instance('db/1');
  await perform(served, 'DELETE', `/disks/${db.disks[0]?.cid}?orphan=true`);
  await perform(
    served,
    'POST',
    `/deployments/shop/instance_groups/web/${served.instance('web/1').id}/actions/stop?hard=true`,
  );
  served.agents.silence(served.instance('db/0').vm?.cid ?? '');
  await perform(served, 'POST', '/deployments/shop/scans');
  const { url, authority, admin } = served.server;
  const side = { url, ca: authority, login: `${admin.name}:${admin.password}` };
  t.context.embedded = { ...side, names: await namesOf(side) };
});
test.after.always(async (t) => await t.context.served?.stop());

for (const one of cases) {
  test(`${one.title}: as it was recorded`, (t) => {
    for (const name of one.recorded) check(t, one, read(name), name);
  });
  test(`${one.title}: from the embedded Director`, async (t) => {
    check(t, one, await ask(t.context.embedded, one), 'the embedded Director');
  });
}

test('every recording of a listing is one of a case', (t) => {
  const used = new Set(cases.flatMap(({ recorded }) => recorded));
  const known = readdirSync(folder).map((file) => file.replace('.http', ''));
  // the console reads none of them
  const unread = ['configs', 'cpi-configs', 'snapshots', 'variables'];
  t.deepEqual(
    known.filter((name) => !used.has(name) && !unread.includes(name)),
    [],
  );
});

if (process.env.BOSH_ENVIRONMENT) {
  for (const one of cases) {
    test.serial(`${one.title}: from the Director of BOSH_ENVIRONMENT`, async (t) => {
      check(t, one, await ask(await real(), one), 'the real Director');
    });
  }
} else {
  test.skip('a real Director (it is only read): set BOSH_ENVIRONMENT, BOSH_CLIENT, BOSH_CLIENT_SECRET and BOSH_CA_CERT as for the bosh CLI', () =>
    undefined);
}

function check(t: ExecutionContext, wanted: Case, { status, headers, body }: Reply, where: string): void {
  t.is(status, wanted.status, `${where}: ${body.slice(0, 200)}`);
  t.is(headers['content-type'], wanted.type, where);
  const challenge = wanted.challenge === false ? undefined : 'Basic realm="BOSH Director"';
  t.is(headers['www-authenticate'], challenge, where);
  for (const [name, pattern] of Object.entries(wanted.headersLike ?? {}))
    t.regex(String(headers[name]), pattern, where);
  if (wanted.shape !== undefined) t.deepEqual(differences(JSON.parse(body), wanted.shape), [], where);
  if (wanted.body !== undefined) t.regex(body, wanted.body, where);
  if (wanted.lines === undefined) return;
  const lines = body.trim().split('\n');
  for (const line of lines) t.deepEqual(differences(JSON.parse(line), wanted.lines), [], where);
}

function read(name: string): Reply {
  const text = readFileSync(new URL(`${name}.http`, folder), 'utf8');
  const [head = '', ...rest] = text.split(/\r?\n\r?\n/);
  const [, status = '', ...headers] = head.split(/\r?\n/);
  return {
    status: Number(status.split(' ')[1]),
    headers: Object.fromEntries(
      headers.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
    ),
    body: rest.join('\n\n').replace(/\n+$/, status.includes('401') ? '\n' : ''),
  };
}

async function ask(side: Side, { path, headers, stranger }: Case): Promise<Reply> {
  return await get(stranger ? { ...side, login: 'wrong:wrong' } : side, path(side.names), headers);
}

async function get(
  { url, login, ca }: Omit<Side, 'names'>,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  return await new Promise((resolve, reject) => {
    const asked = request(`${url}${path}`, { headers, auth: login, ca, timeout: 30_000 }, (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        body += chunk;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer to ${path}`)));
    asked.on('error', reject);
    asked.end();
  });
}

/** The first deployment, the last task that updated it without a result, and a scan of it. */
async function namesOf(side: Omit<Side, 'names'>): Promise<Names> {
  const json = async (path: string) => JSON.parse((await get(side, path)).body);
  const [{ name: deployment }] = await json('/deployments');
  const { headers } = await get(side, `/deployments/${deployment}/instances?format=full`);
  const scan = new URL(String(headers.location)).pathname.replace('/tasks/', '');
  for (let tries = 0; tries < 300 && (await json(`/tasks/${scan}`)).state !== 'done'; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const tasks = (await json(`/tasks?state=done&verbose=2&deployment=${deployment}`)) as readonly {
    readonly id: number;
    readonly description: string;
  }[];
  const task = tasks.find(({ description }) => description !== 'retrieve vm-stats');
  if (task === undefined) throw new Error(`${deployment} has no task that is done`);
  return { deployment, scan, task: String(task.id) };
}

let found: Promise<Side> | undefined;

function real(): Promise<Side> {
  found ??= (async () => {
    const target = await readTarget(process.env);
    if (target?.credentials.kind !== 'client') throw new Error('BOSH_CLIENT and BOSH_CLIENT_SECRET name no local user');
    const { url, ca, credentials } = target;
    const side = { url, ca, login: `${credentials.client}:${credentials.secret}` };
    return { ...side, names: await namesOf(side) };
  })();
  return found;
}

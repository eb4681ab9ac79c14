import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { readTarget } from '../../src/director/target.ts';
import { folder } from '../kubernetes/support/folder.ts';
import { certified } from './support/director.ts';

const { ca } = certified();
const known = { BOSH_CLIENT: 'admin', BOSH_CLIENT_SECRET: 'pw' };

/** A home whose `.bosh/config` is this. */
function home(t: ExecutionContext, config: string): string {
  const path = folder(t);
  mkdirSync(join(path, '.bosh'));
  writeFileSync(join(path, '.bosh/config'), config);
  return path;
}

const indented = ca.replace(/^/gm, '    ').trimEnd();
const config = `environments:
- url: https://10.0.0.6:25555
  alias: prod
  ca_cert: |
${indented}
  username: operator
  password: 123456
- url: 10.0.0.7
  alias: user
  access_token_type: bearer
  access_token: c4n4ry-token
  refresh_token: c4n4ry-refresh
- url: 10.0.0.8
  alias: bare
`;

test('without an environment there is no Director', async (t) => {
  t.is(await readTarget({ HOME: folder(t), ...known }), undefined);
  t.is(await readTarget({ HOME: folder(t), BOSH_ENVIRONMENT: '', ...known }), undefined);
});

test('an environment is a URL, a host, a host with a port, or IPv6', async (t) => {
  const HOME = folder(t);
  const cases = {
    'https://10.0.0.6:25555': 'https://10.0.0.6:25555',
    'https://bosh.example': 'https://bosh.example:25555',
    'https://bosh.example:443/': 'https://bosh.example:443',
    // the CLI always speaks TLS
    'http://bosh.example': 'https://bosh.example:25555',
    '10.0.0.6': 'https://10.0.0.6:25555',
    'localhost:8443': 'https://localhost:8443',
    'https://[fd00::6]:25555': 'https://[fd00::6]:25555',
  };
  for (const [BOSH_ENVIRONMENT, url] of Object.entries(cases)) {
    const target = await readTarget({ HOME, BOSH_ENVIRONMENT, ...known });
    t.is(target?.url, url);
    t.deepEqual(target?.credentials, { kind: 'client', client: 'admin', secret: 'pw' });
    t.is(target?.ca, undefined);
  }
});

test('an alias has its address, CA and credentials in the file of the CLI', async (t) => {
  const target = await readTarget({ HOME: home(t, config), BOSH_ENVIRONMENT: 'prod' });
  t.like(target, { name: 'prod', url: 'https://10.0.0.6:25555' });
  t.deepEqual(target?.credentials, { kind: 'client', client: 'operator', secret: '123456' });
  t.is(target?.ca?.trim(), ca.trim());
});

test('an address that is in the file has its credentials too', async (t) => {
  const target = await readTarget({ HOME: home(t, config), BOSH_ENVIRONMENT: 'https://10.0.0.6:25555' });
  t.like(target?.credentials, { client: 'operator' });
});

test('variables win over the file, the command line over variables', async (t) => {
  const HOME = home(t, config);
  const target = await readTarget({ HOME, BOSH_ENVIRONMENT: 'nowhere', ...known }, { environment: 'prod' });
  t.like(target, { url: 'https://10.0.0.6:25555', credentials: { client: 'admin' } });
});

test('BOSH_CONFIG names another file', async (t) => {
  const HOME = folder(t);
  writeFileSync(join(HOME, 'other'), config);
  const target = await readTarget({ HOME, BOSH_CONFIG: '~/other', BOSH_ENVIRONMENT: 'prod' });
  t.is(target?.url, 'https://10.0.0.6:25555');
});

test('a user that logged in by UAA has a token, whose refresh token is not taken', async (t) => {
  const target = await readTarget({ HOME: home(t, config), BOSH_ENVIRONMENT: 'user' });
  t.deepEqual(target?.credentials, { kind: 'token', type: 'bearer', token: 'c4n4ry-token' });
  t.false(JSON.stringify(target).includes('c4n4ry-refresh'));
});

test('BOSH_CA_CERT is a text or a path', async (t) => {
  const HOME = folder(t);
  writeFileSync(join(HOME, 'ca.pem'), ca);
  for (const BOSH_CA_CERT of [ca, '~/ca.pem', join(HOME, 'ca.pem')]) {
    t.is((await readTarget({ HOME, BOSH_ENVIRONMENT: 'a', BOSH_CA_CERT, ...known }))?.ca, ca);
  }
});

const broken: readonly (readonly [NodeJS.ProcessEnv, RegExp])[] = [
  [{ BOSH_ENVIRONMENT: 'prod', BOSH_CLIENT: 'admin' }, /^BOSH_CLIENT_SECRET: not set, but BOSH_CLIENT is/],
  [{ BOSH_ENVIRONMENT: 'bare' }, /^no credentials for bare: set BOSH_CLIENT .* run `bosh -e bare log-in`/],
  [{ BOSH_ENVIRONMENT: 'https://me:c4n4ry@host', ...known }, /^BOSH_ENVIRONMENT: not an address of a Director/],
  [{ BOSH_ENVIRONMENT: 'a:1:2', ...known }, /^BOSH_ENVIRONMENT: not an address/],
  [
    { BOSH_ENVIRONMENT: 'a', BOSH_CA_CERT: '/no/such', ...known },
    /^BOSH_CA_CERT: \/no\/such could not be read \(ENOENT\)/,
  ],
  [{ BOSH_ENVIRONMENT: 'a', BOSH_CA_CERT: 'BEGIN c4n4ry', ...known }, /^BOSH_CA_CERT: not a certificate in PEM/],
  [{ BOSH_ENVIRONMENT: 'a', BOSH_ALL_PROXY: 'ssh+socks5://c4n4ry@jump', ...known }, /^BOSH_ALL_PROXY: SOCKS proxies/],
];

for (const [env, message] of broken) {
  test(`a broken setting is an error: ${message.source}`, async (t) => {
    const error = await t.throwsAsync(readTarget({ HOME: home(t, config), ...env }), { message });
    t.false(error?.message.includes('c4n4ry'));
  });
}

test('a broken file is named without its text', async (t) => {
  for (const text of ['environments: [c4n4ry', 'environments: c4n4ry', 'environments:\n- url: [c4n4ry]\n']) {
    const HOME = home(t, text);
    const error = await t.throwsAsync(readTarget({ HOME, BOSH_ENVIRONMENT: 'prod', ...known }));
    t.regex(error?.message ?? '', /\.bosh\/config: .*mend it/);
    t.false(error?.message.includes('c4n4ry'));
  }
});

import test, { type ExecutionContext } from 'ava';
import { CredentialError } from '../../src/kubernetes/errors.ts';
import { type Asked, connectTo, json, type Reply, type Script, scripted } from './support/director.ts';

const denied = { status: 401, body: "Not authorized: '/locks'\n" };

/** A UAA that gives `c4n4ry-1`, `c4n4ry-2`, … and a Director that takes what `accepts` says. */
async function guarded(t: ExecutionContext, seconds: number, accepts: (token: string, times: number) => boolean) {
  let given = 0;
  let times = 0;
  const uaa = await scripted(t, {
    'POST /oauth/token': () => {
      given += 1;
      return json({
        access_token: `c4n4ry-${given}`,
        token_type: 'bearer',
        expires_in: seconds,
        refresh_token: 'never',
      });
    },
  });
  const director = await scripted(t, {
    ...withUaa(`${uaa.target.url}/`),
    'GET /locks': ({ headers }: Asked): Reply => {
      times += 1;
      return accepts(headers.authorization ?? '', times) ? json([]) : denied;
    },
  });
  return { uaa, director };
}

function withUaa(url: string): Script {
  const user_authentication = { type: 'uaa', options: { url, urls: [url] } };
  return { 'GET /info': json({ name: 'lab', uuid: 'x', version: '1', user: null, user_authentication }) };
}

test('a client of UAA gets one token for many requests, by its own credentials', async (t) => {
  const { uaa, director } = await guarded(t, 600, (token) => token === 'bearer c4n4ry-1');
  const client = connectTo(t, director.target);
  await Promise.all([client.locks(), client.locks(), client.locks()]);
  await client.locks();
  t.is(uaa.asked.length, 1);
  t.like(uaa.asked[0], { method: 'POST', path: '/oauth/token', body: 'grant_type=client_credentials' });
  const basic = Buffer.from('admin:c4n4ry-secret').toString('base64');
  t.like(uaa.asked[0]?.headers, {
    authorization: `Basic ${basic}`,
    'content-type': 'application/x-www-form-urlencoded',
  });
  t.like(await client.info(), { authentication: 'uaa', user: undefined });
});

test('a token is renewed before it ends', async (t) => {
  const { uaa, director } = await guarded(t, 0, () => true);
  const client = connectTo(t, director.target);
  await client.locks();
  await client.locks();
  t.is(uaa.asked.length, 2);
});

test('a token that is refused is renewed once, and the request sent again', async (t) => {
  const { uaa, director } = await guarded(t, 600, (token) => token === 'bearer c4n4ry-2');
  await connectTo(t, director.target).locks();
  t.is(uaa.asked.length, 2);
});

test('when the next token is refused too, that is the answer', async (t) => {
  const { uaa, director } = await guarded(t, 600, () => false);
  const error = await t.throwsAsync(connectTo(t, director.target).locks(), {
    message: /does not accept the credentials/,
  });
  t.is(uaa.asked.length, 2);
  t.notRegex(String(error?.stack), /c4n4ry/);
});

test('a scope that is missing is an answer, and no reason for a new token', async (t) => {
  const words = 'Require one of the scopes: bosh.admin, bosh.x.admin';
  const uaa = await scripted(t, {
    'POST /oauth/token': json({ access_token: 'a', token_type: 'bearer', expires_in: 600 }),
  });
  const { target } = await scripted(t, {
    ...withUaa(uaa.target.url),
    'GET /disks': json({ code: 600_000, description: words }, 401),
  });
  await t.throwsAsync(connectTo(t, target).orphanDisks(), { message: words });
  t.is(uaa.asked.length, 1);
});

test('a UAA that refuses the client is named, and its words are not repeated', async (t) => {
  const uaa = await scripted(t, {
    'POST /oauth/token': json({ error: 'unauthorized', error_description: 'c4n4ry-secret is wrong' }, 401),
  });
  const { target } = await scripted(t, withUaa(uaa.target.url));
  const error = await t.throwsAsync(connectTo(t, target).locks(), { instanceOf: CredentialError });
  t.is(
    error?.message,
    `the UAA at ${uaa.target.url} gave no token (401 unauthorized); check BOSH_CLIENT and BOSH_CLIENT_SECRET, or the log-in in ~/.bosh/config`,
  );
});

test('the log-in of a user is sent as it is, and its end said', async (t) => {
  const { target, asked } = await scripted(t, { 'GET /locks': denied });
  const credentials = { kind: 'token', type: 'bearer', token: 'c4n4ry-token' } as const;
  const error = await t.throwsAsync(connectTo(t, { ...target, credentials }).locks());
  t.is(asked.at(-1)?.headers.authorization, 'bearer c4n4ry-token');
  t.regex(
    error?.message ?? '',
    /^lab does not accept the log-in of ~\/.bosh\/config any more; run `bosh -e lab log-in`/,
  );
});

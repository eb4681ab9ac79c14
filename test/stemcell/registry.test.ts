import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import test from 'ava';
import { parseImage } from '../../src/stemcell/image-reference.ts';
import { dockerCredentials } from '../../src/stemcell/registry/docker-config.ts';
import { deleteImage, findManifest, pushImage } from '../../src/stemcell/registry/push.ts';
import { openRepository, type RegistryOptions, type Repository } from '../../src/stemcell/registry/registry.ts';
import { digestOf, type RegistryDouble, startRegistry } from './support/registry-double.ts';

const folder = mkdtempSync(join(tmpdir(), 'registry-test-'));
test.after.always(() => rmSync(folder, { recursive: true }));

// two chunks and a rest: an upload has a beginning, a middle and an end
const layer = randomBytes(150_000);
const layerPath = join(folder, 'layer');
writeFileSync(layerPath, layer);
const config = Buffer.from('{"os":"linux"}');
const manifest = Buffer.from('{"schemaVersion":2}');
const image = {
  manifest,
  blobs: [
    { digest: digestOf(layer), size: layer.length, content: { path: layerPath } },
    { digest: digestOf(config), size: config.length, content: { bytes: config } },
  ],
};
const small = { manifest, blobs: image.blobs.slice(1) };

function open({ host }: RegistryDouble, options: RegistryOptions = {}): Repository {
  return openRepository(parseImage(`${host}/bosh/noble:1`), { plainHttp: true, chunkSize: 64 * 1024, ...options });
}

const login = { kind: 'bearer', user: 'robot', password: 'very secret' } as const;

test('an image is pushed once: what is there is skipped', async (t) => {
  const registry = await startRegistry();
  try {
    const steps: number[] = [];
    const first = await pushImage(open(registry), '1', image, ({ done }) => steps.push(done));
    t.deepEqual(first, { digest: digestOf(manifest), present: 0 });
    t.true(registry.blobs.get(digestOf(layer))?.equals(layer));
    t.true(registry.manifests.get('1')?.equals(manifest));
    t.deepEqual(
      steps,
      steps.toSorted((a, b) => a - b),
    );
    t.is(steps.at(-1), layer.length + config.length);
    registry.requests.length = 0;
    const again = await pushImage(open(registry), '1', image);
    t.is(again.present, layer.length + config.length);
    t.false(registry.requests.some((line) => line.includes('uploads')));
  } finally {
    await registry.stop();
  }
});

for (const does of ['drop half', 'drop answer', 500, 'forget'] as const) {
  test(`an upload goes on after what arrived: ${does}`, async (t) => {
    const registry = await startRegistry();
    registry.mishaps.push({ on: 'PATCH', does });
    try {
      await pushImage(open(registry), '1', image);
      t.true(registry.blobs.get(digestOf(layer))?.equals(layer));
      // what had arrived is not sent again: one attempt more than without the mishap, or with half of one two
      const patches = registry.requests.filter((line) => line.startsWith('PATCH')).length;
      t.true(patches <= 5, `${patches} parts`);
    } finally {
      await registry.stop();
    }
  });
}

test('a finished upload whose answer was lost is finished', async (t) => {
  const registry = await startRegistry();
  registry.mishaps.push({ on: 'PUT /v2/bosh/noble/blobs', does: 'drop answer' });
  try {
    t.is((await pushImage(open(registry), '1', small)).digest, digestOf(manifest));
  } finally {
    await registry.stop();
  }
});

test('a file that is not what its digest says is refused by name', async (t) => {
  const registry = await startRegistry();
  const blob = { digest: digestOf(layer), size: config.length, content: { bytes: config } };
  try {
    await t.throwsAsync(pushImage(open(registry), '1', { manifest, blobs: [blob] }), {
      message: new RegExp(`did not take ${digestOf(layer)}: answered 400: DIGEST_INVALID`),
    });
    t.is(registry.manifests.size, 0);
  } finally {
    await registry.stop();
  }
});

for (const kind of ['basic', 'bearer'] as const) {
  test(`credentials, ${kind}: right ones push, wrong ones and none say what is missing`, async (t) => {
    const registry = await startRegistry({ login: { ...login, kind } });
    try {
      const credentials = async () => ({ username: 'robot', password: 'very secret' });
      await pushImage(open(registry, { credentials }), '1', small);
      if (kind === 'bearer') t.true(registry.requests.includes('token for repository:bosh/noble:pull,push'));
      const none = await t.throwsAsync(pushImage(open(registry), '1', small));
      t.regex(none?.message ?? '', kind === 'basic' ? /wants a name and a password/ : /answered 401: log in/);
      const wrong = async () => ({ username: 'robot', password: 'guessed secret' });
      const error = await t.throwsAsync(pushImage(open(registry, { credentials: wrong }), '1', small));
      t.false(error?.message.includes('guessed'));
      t.regex(error?.message ?? '', new RegExp(registry.host));
    } finally {
      await registry.stop();
    }
  });
}

test('an identity token is exchanged, and a token that ran out in the middle is replaced', async (t) => {
  const registry = await startRegistry({ login });
  try {
    const credentials = async () => ({ identityToken: login.password });
    const repository = open(registry, { credentials });
    await pushImage(repository, '1', small);
    // somebody else's token makes the double forget this one
    await pushImage(open(registry, { credentials }), '1', small);
    t.truthy(await findManifest(repository, '1'));
  } finally {
    await registry.stop();
  }
});

test('a credential helper that is missing is named at once', async (t) => {
  const registry = await startRegistry({ login });
  try {
    const credentials = () => Promise.reject(new Error('credential helper docker-credential-x is not in PATH'));
    await t.throwsAsync(pushImage(open(registry, { credentials }), '1', small), {
      message: /^registry 127\.0\.0\.1:\d+: credential helper docker-credential-x is not in PATH$/,
    });
    t.is(registry.requests.length, 1);
  } finally {
    await registry.stop();
  }
});

test('no credentials go to a token server without TLS', async (t) => {
  const { authorize } = await import('../../src/stemcell/registry/authorization.ts');
  const send = async () => t.fail('asked') as never;
  const header = 'Bearer realm="http://tokens.example.com/",service="x"';
  await t.throwsAsync(authorize(header, 'x', true, { username: 'a', password: 'b' }, send), {
    message: /tokens\.example\.com does not speak TLS/,
  });
});

test('deletion: done, done before, and locked', async (t) => {
  const [registry, locked] = [await startRegistry(), await startRegistry({ lockDeletion: true })];
  try {
    const { digest } = await pushImage(open(registry), '1', small);
    t.true(await deleteImage(open(registry), digest));
    t.is(await findManifest(open(registry), digest), undefined);
    t.true(await deleteImage(open(registry), digest));
    await pushImage(open(locked), '1', small);
    t.false(await deleteImage(open(locked), digest));
  } finally {
    await Promise.all([registry.stop(), locked.stop()]);
  }
});

test('a registry without TLS is only spoken to when that was asked for', async (t) => {
  const registry = await startRegistry();
  try {
    const repository = openRepository(parseImage(`${registry.host}/bosh/noble:1`));
    await t.throwsAsync(repository.send({ method: 'GET', path: 'tags/list', actions: 'pull', once: true }), {
      message: /it speaks no TLS; if that is meant, --plain-http/,
    });
    t.deepEqual(registry.requests, []);
  } finally {
    await registry.stop();
  }
});

test('credentials of docker login: file, token, helper of one registry, store of all', async (t) => {
  const auth = Buffer.from('robot:pass:word').toString('base64');
  const helper = (name: string, script: string) => {
    writeFileSync(join(folder, `docker-credential-${name}`), `#!/bin/sh\nread -r registry\n${script}\n`);
    chmodSync(join(folder, `docker-credential-${name}`), 0o755);
  };
  helper('one', `echo "{\\"Username\\":\\"$registry\\",\\"Secret\\":\\"from one\\"}"`);
  helper('store', `echo 'credentials not found in native keychain'; exit 1`);
  helper('token', `echo '{"Username":"<token>","Secret":"renewable"}'`);
  helper('broken', 'echo secret; exit 3');
  const env = { DOCKER_CONFIG: folder, PATH: `${folder}${delimiter}${process.env.PATH}` };
  const docker = {
    auths: {
      'a.example.com': { auth },
      'b.example.com': { identitytoken: 'renewable' },
      'https://index.docker.io/v1/': { auth },
    },
    credHelpers: {
      'c.example.com': 'one',
      'd.example.com': 'token',
      'e.example.com': 'broken',
      'f.example.com': 'missing',
    },
    credsStore: 'store',
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(docker));
  const known = { username: 'robot', password: 'pass:word' };
  t.deepEqual(await dockerCredentials('a.example.com', env), known);
  t.deepEqual(await dockerCredentials('docker.io', env), known);
  t.deepEqual(await dockerCredentials('b.example.com', env), { identityToken: 'renewable' });
  t.deepEqual(await dockerCredentials('c.example.com', env), { username: 'c.example.com', password: 'from one' });
  t.deepEqual(await dockerCredentials('d.example.com', env), { identityToken: 'renewable' });
  t.is(await dockerCredentials('unknown.example.com', env), undefined);
  const error = await t.throwsAsync(dockerCredentials('e.example.com', env), {
    message: /docker-credential-broken exited with 3/,
  });
  t.false(error?.message.includes('secret'));
  await t.throwsAsync(dockerCredentials('f.example.com', env), { message: /docker-credential-missing is not in PATH/ });
  t.is(await dockerCredentials('a.example.com', { DOCKER_CONFIG: join(folder, 'none') }), undefined);
});

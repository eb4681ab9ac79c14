import test from 'ava';
import fc from 'fast-check';
import { createRedactor, learnConfig, learnRequest, redacted } from '../../src/cpi/redaction.ts';

/** A text that could not be anything but the secret. */
const canary = fc
  .stringMatching(/^[A-Za-z0-9!#$%&*+,\-./:;<=>?@^_|~"\\ ]{12,60}$/)
  .filter((text) => text.trim().length >= 12);

/** Ways a secret may come back: an API server's error, a quoted JSON body, a Secret's data. */
const disguises: Readonly<Record<string, (secret: string) => string>> = {
  'as it is': (secret) => secret,
  'JSON-escaped': (secret) => JSON.stringify({ value: secret }),
  'JSON-escaped twice, as a Status quotes an object': (secret) => JSON.stringify(JSON.stringify({ value: secret })),
  'base64, as in a Secret': (secret) => Buffer.from(secret).toString('base64'),
  'base64url, as in a token': (secret) => Buffer.from(secret).toString('base64url'),
  'percent-encoded, as in a URL': (secret) => encodeURIComponent(secret),
};

/** The secret at some depth of some JSON. */
function planted(secret: fc.Arbitrary<string>): fc.Arbitrary<{ secret: string; value: unknown }> {
  return secret.chain((text) =>
    fc
      .letrec((tie) => ({
        node: fc.oneof(
          { maxDepth: 4 },
          fc.constant(text),
          fc.tuple(fc.jsonValue({ maxDepth: 1 }), tie('node')),
          fc.record({ other: fc.string(), key: tie('node') }),
        ),
      }))
      .node.map((value) => ({ secret: text, value })),
  );
}

for (const [disguise, show] of Object.entries(disguises)) {
  test(`a canary anywhere in what was learnt never survives: ${disguise}`, (t) => {
    fc.assert(
      fc.property(planted(canary), fc.string(), fc.string(), ({ secret, value }, before, after) => {
        const redactor = createRedactor();
        redactor.learn(value);
        const clean = redactor.redact(`${before}${show(secret)}${after}`);
        t.false(clean.includes(show(secret)), clean);
        t.false(clean.includes(secret), clean);
      }),
      { numRuns: 300 },
    );
  });
}

const pem = (words: string) =>
  `-----BEGIN RSA PRIVATE KEY-----\n${words.match(/.{1,64}/g)?.join('\n')}\n-----END RSA PRIVATE KEY-----\n`;

test('no line of a PEM survives, however the text is broken', (t) => {
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z0-9+/]{200,400}$/), (words) => {
      const text = pem(words);
      const redactor = createRedactor();
      redactor.learn({ cert: { private_key: text } });
      for (const shown of [
        text,
        JSON.stringify(text),
        text.replaceAll('\n', '\r\n'),
        text.replaceAll('\n', ' '),
        text.replaceAll('\n', '\\n'),
      ]) {
        const clean = redactor.redact(`invalid: ${shown}`);
        for (const line of words.match(/.{1,64}/g)?.filter((part) => part.length >= 16) ?? [])
          t.false(clean.includes(line), clean);
      }
    }),
    { numRuns: 100 },
  );
});

test('a secret that lies inside another is taken out with it', (t) => {
  const redactor = createRedactor();
  redactor.learn(['secret', 'secret-and-longer']);
  t.is(redactor.redact('a secret-and-longer b secret c'), `a ${redacted} b ${redacted} c`);
});

test('what was learnt later counts too', (t) => {
  const redactor = createRedactor();
  redactor.learn('first-secret');
  redactor.redact('nothing');
  redactor.learn('second-secret');
  t.is(redactor.redact('first-secret second-secret'), `${redacted} ${redacted}`);
});

test('the password of an mbus URL alone is a secret, also where it was percent-encoded', (t) => {
  const redactor = createRedactor();
  learnConfig(redactor, { agent: { mbus: 'https://mbus:p%40ssw0rd-canary@0.0.0.0:6868' } });
  t.notRegex(redactor.redact('said p%40ssw0rd-canary'), /ssw0rd/);
  t.notRegex(redactor.redact('said p@ssw0rd-canary'), /ssw0rd/);
});

test('numbers, ports and short words stay readable', (t) => {
  const redactor = createRedactor();
  redactor.learn({ port: 6868, protocol: 'tcp', zone: 'z1', on: true });
  t.is(redactor.redact('tcp 6868 in z1 is true'), 'tcp 6868 in z1 is true');
});

const create = (over: { properties?: unknown; networks?: unknown; env?: unknown }) => [
  'f66d842d-15b0-413f-bf9d-502218611f66',
  'ghcr.io/a/b:1',
  over.properties ?? {},
  over.networks ?? { default: { type: 'manual', ip: '10.96.50.11', cloud_properties: {} } },
  [],
  over.env ?? {},
];

test('of create_vm the settings, cloud_properties and those of networks are secret; identifiers, addresses and groups are not', (t) => {
  const redactor = createRedactor();
  learnRequest(
    redactor,
    'create_vm',
    create({
      properties: { annotations: { note: 'canary-properties' } },
      networks: { default: { type: 'manual', ip: '10.96.50.11', cloud_properties: { x: 'canary-network' } } },
      env: {
        bosh: {
          password: 'canary-password',
          group: 'lab-hello-db',
          mbus: { cert: { private_key: 'canary-key-material' } },
        },
      },
    }),
    { director_uuid: 'canary-uuid-stays' },
  );
  const text =
    'canary-properties canary-network canary-password canary-key-material f66d842d-15b0-413f-bf9d-502218611f66 10.96.50.11 lab-hello-db';
  t.is(
    redactor.redact(text),
    `${redacted} ${redacted} ${redacted} ${redacted} f66d842d-15b0-413f-bf9d-502218611f66 10.96.50.11 lab-hello-db`,
  );
  t.is(redactor.redact('canary-uuid-stays'), 'canary-uuid-stays');
});

test('arguments of any shape are learnt without a failure', (t) => {
  fc.assert(
    fc.property(
      fc.constantFrom('create_vm', 'create_disk', 'update_disk', 'create_stemcell', 'x'),
      fc.array(fc.jsonValue(), { maxLength: 7 }),
      fc.dictionary(fc.string(), fc.jsonValue()),
      (method, args, context) => {
        t.notThrows(() => learnRequest(createRedactor(), method, args, context));
      },
    ),
  );
});

const kubeconfig = {
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'prod',
  clusters: [
    {
      name: 'prod',
      cluster: {
        server: 'https://bosh:canary-in-url@api.example.com:6443',
        'certificate-authority-data': 'Y2FuYXJ5LWNh',
      },
    },
  ],
  users: [
    {
      name: 'bosh',
      user: {
        token: 'canary-token',
        'client-key-data': 'Y2FuYXJ5LWtleQ==',
        password: 'canary-password',
        username: 'canary-name',
      },
    },
    {
      name: 'exec',
      user: {
        exec: {
          command: 'aws',
          args: ['eks', 'canary-argument'],
          env: [{ name: 'AWS_SECRET', value: 'canary-exec-env' }],
        },
      },
    },
  ],
  contexts: [{ name: 'prod', context: { cluster: 'prod', user: 'bosh', namespace: 'bosh-namespace' } }],
};
const secrets = [
  'canary-in-url',
  'Y2FuYXJ5LWNh',
  'canary-token',
  'Y2FuYXJ5LWtleQ==',
  'canary-password',
  'canary-exec-env',
];

for (const [form, given] of [
  ['an object', kubeconfig],
  ['JSON text', JSON.stringify(kubeconfig)],
  ['indented JSON text', JSON.stringify(kubeconfig, null, 2)],
] as const) {
  test(`credentials of a kubeconfig given as ${form}`, (t) => {
    const redactor = createRedactor();
    learnConfig(redactor, { kubeconfig: given });
    for (const secret of secrets) t.is(redactor.redact(`got ${secret} here`), `got ${redacted} here`);
    const readable = 'context prod of https://api.example.com:6443 in bosh-namespace';
    t.is(redactor.redact(readable), readable);
  });
}

test('credentials of a kubeconfig given as YAML text, quoted or in block scalars', (t) => {
  const yaml = [
    'users:',
    '- name: bosh',
    '  user:',
    '    token: canary-token',
    "    password: 'canary with spaces'",
    '    client-key-data: >-',
    '      Y2FuYXJ5LWtleS1pbi1ibG9jaw==',
    'clusters:',
    '- cluster: {server: "https://a:canary-in-url@host", certificate-authority-data: Y2FuYXJ5LWNh}',
  ].join('\n');
  const redactor = createRedactor();
  learnConfig(redactor, { kubeconfig: yaml });
  for (const secret of [
    'canary-token',
    'canary with spaces',
    'Y2FuYXJ5LWtleS1pbi1ibG9jaw==',
    'canary-in-url',
    'Y2FuYXJ5LWNh',
  ]) {
    t.is(redactor.redact(`got ${secret} here`), `got ${redacted} here`);
  }
});

test('a cpi-config in the request is as secret as the file', (t) => {
  const redactor = createRedactor();
  learnRequest(redactor, 'has_vm', ['agent-1'], {
    director_uuid: 'x',
    kubeconfig,
    agent: { mbus: 'nats://10.0.0.6:4222', blobstores: [{ options: { password: 'canary-blobstore' } }] },
  });
  t.is(redactor.redact('canary-token canary-blobstore'), `${redacted} ${redacted}`);
});

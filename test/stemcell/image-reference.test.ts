import test from 'ava';
import { CloudError } from '../../src/bosh/cloud-error.ts';
import { parseImage } from '../../src/stemcell/image-reference.ts';

const digest = `sha256:${'0f'.repeat(32)}`;

// distribution/reference: what `docker pull` understands by each of these
const references: readonly [string, { registry: string; repository: string; tag: string; digest?: string }][] = [
  ['ubuntu', { registry: 'docker.io', repository: 'library/ubuntu', tag: 'latest' }],
  ['ubuntu:noble', { registry: 'docker.io', repository: 'library/ubuntu', tag: 'noble' }],
  ['bosh/stemcell:1.2', { registry: 'docker.io', repository: 'bosh/stemcell', tag: '1.2' }],
  ['docker.io/ubuntu:noble', { registry: 'docker.io', repository: 'library/ubuntu', tag: 'noble' }],
  [
    'ghcr.io/cloudfoundry/ubuntu-noble-stemcell:1.484',
    { registry: 'ghcr.io', repository: 'cloudfoundry/ubuntu-noble-stemcell', tag: '1.484' },
  ],
  ['localhost/stemcell', { registry: 'localhost', repository: 'stemcell', tag: 'latest' }],
  ['registry:5000/a/b', { registry: 'registry:5000', repository: 'a/b', tag: 'latest' }],
  ['10.0.0.1:5000/a:b', { registry: '10.0.0.1:5000', repository: 'a', tag: 'b' }],
  [`ghcr.io/a/b@${digest}`, { registry: 'ghcr.io', repository: 'a/b', tag: 'latest', digest }],
  [`ghcr.io/a/b:1@${digest}`, { registry: 'ghcr.io', repository: 'a/b', tag: '1', digest }],
  ['ghcr.io/a/b_c.d--e__f:v1', { registry: 'ghcr.io', repository: 'a/b_c.d--e__f', tag: 'v1' }],
];

for (const [text, expected] of references) {
  test(text.slice(0, 50), (t) => {
    const found = parseImage(text);
    t.like(found, { digest: undefined, ...expected });
    t.is(found.text, text, 'the CID keeps what was given');
  });
}

const wrong = [
  '',
  ' ',
  'Ubuntu',
  'ubuntu:',
  ':noble',
  'ubuntu@',
  'ubuntu@sha256:12',
  `ubuntu@${digest}@${digest}`,
  'a b',
  'ubuntu:a b',
  'https://ghcr.io/a/b',
  'ghcr.io/',
  'a//b',
  `a:${'t'.repeat(129)}`,
  'a/../b',
  `a@sha512:${'0'.repeat(64)}`,
];
for (const text of wrong) {
  test(`no image: ${JSON.stringify(text.slice(0, 40))}`, (t) => {
    const error = t.throws(() => parseImage(text), { instanceOf: CloudError });
    t.is(error.type, 'CpiError');
    t.regex(error.message, /expected /, 'says what is expected');
  });
}

import { isIP } from 'node:net';
import test from 'ava';
import fc from 'fast-check';
import { bypasses, proxyFor } from '../../src/kubernetes/proxy.ts';

const cases: readonly [string, number, string, boolean][] = [
  ['kube.example.com', 6443, '', false],
  ['kube.example.com', 6443, '*', true],
  ['kube.example.com', 6443, 'example.com', true],
  ['kube.example.com', 6443, ' other.org , example.com ', true],
  ['example.com', 6443, 'example.com', true],
  ['notexample.com', 6443, 'example.com', false],
  ['example.com', 6443, '.example.com', false],
  ['kube.example.com', 6443, '.example.com', true],
  ['kube.example.com', 6443, '*.example.com', true],
  ['example.com', 6443, '*.example.com', false],
  ['KUBE.example.COM', 6443, 'Example.com', true],
  ['kube.example.com.', 6443, 'example.com', true],
  ['kube.example.com', 6443, 'example.com:6443', true],
  ['kube.example.com', 6443, 'example.com:443', false],
  ['10.1.2.3', 6443, '10.1.2.3', true],
  ['10.1.2.3', 6443, '10.1.2.3:6443', true],
  ['10.1.2.3', 6443, '10.1.2.3:443', false],
  ['10.1.2.3', 6443, '10.0.0.0/8', true],
  ['11.1.2.3', 6443, '10.0.0.0/8', false],
  ['10.1.2.3', 6443, '10.1.2.30', false],
  ['10.1.2.3', 6443, '1.2.3', false],
  ['kube.example.com', 6443, '10.0.0.0/8', false],
  ['fd00::5', 6443, 'fd00::/8', true],
  ['fe80::5', 6443, 'fd00::/8', false],
  ['fd00::5', 6443, 'fd00:0::5', true],
  ['fd00::5', 6443, '[fd00::5]:6443', true],
  ['fd00::5', 6443, '[fd00::5]:443', false],
  ['localhost', 6443, '', true],
  ['127.0.0.2', 6443, '', true],
  ['::1', 6443, '', true],
  ['kube.example.com', 6443, '10.0.0.0/99,/,//,:1,[', false],
];

for (const [host, port, noProxy, expected] of cases) {
  test(`NO_PROXY "${noProxy}" ${expected ? 'exempts' : 'does not exempt'} ${host}:${port}`, (t) => {
    t.is(bypasses(host, port, noProxy), expected);
  });
}

test('a range exempts exactly the addresses whose first bits it shares', (t) => {
  const bits = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  fc.assert(
    fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }), (host, network, prefix) => {
      fc.pre(!host.startsWith('127.'));
      const size = 2 ** (32 - prefix);
      const inside = Math.floor(bits(host) / size) === Math.floor(bits(network) / size);
      return bypasses(host, 443, `${network}/${prefix}`) === inside;
    }),
  );
  t.pass();
});

test('a domain exempts itself and every name below it, and no NO_PROXY makes it throw', (t) => {
  const domain = fc.domain().filter((name) => isIP(name) === 0);
  fc.assert(fc.property(domain, (name) => bypasses(name, 443, name) && bypasses(`a.${name}`, 443, name)));
  fc.assert(
    fc.property(
      fc.string(),
      fc.oneof(domain, fc.ipV4(), fc.ipV6()),
      (list, host) => typeof bypasses(host, 1, list) === 'boolean',
    ),
  );
  t.pass();
});

const server = new URL('https://kube.example.com:6443');

test('the scheme of the server chooses the variable, in either case', (t) => {
  const env = { HTTPS_PROXY: 'http://s:1', http_proxy: 'p:2' };
  t.is(proxyFor(server, undefined, env)?.href, 'http://s:1/');
  t.is(proxyFor(new URL('http://kube.example.com'), undefined, env)?.href, 'http://p:2/');
  t.is(proxyFor(server, undefined, {}), undefined);
  t.is(proxyFor(server, undefined, { HTTPS_PROXY: '' }), undefined);
});

test('proxy-url wins over the environment and NO_PROXY', (t) => {
  const env = { HTTPS_PROXY: 'http://s:1', NO_PROXY: '*' };
  t.is(proxyFor(server, undefined, env), undefined);
  t.is(proxyFor(server, 'http://mine:3', env)?.href, 'http://mine:3/');
});

test('a proxy that cannot be used is a clear error without its password', (t) => {
  const error = t.throws(() => proxyFor(server, 'socks5://me:hunter2@mine:3', {}));
  t.is(error?.message, 'proxy-url: a socks5 proxy is not supported, only http and https ones are');
  const other = t.throws(() => proxyFor(server, undefined, { HTTPS_PROXY: 'http://me:hunter2@mine:x' }));
  t.is(other?.message, 'HTTPS_PROXY: not a URL');
});

import test from 'ava';
import fc from 'fast-check';
import { canonicalAddress, isWithin, prefixLength, subnetOf } from '../../src/network/address.ts';

test('one address has one text', (t) => {
  const texts = ['FD00:0:0::0007', 'fd00:0:0:0:0:0:0:7', 'fd00::7'];
  t.deepEqual(texts.map(canonicalAddress), ['fd00::7', 'fd00::7', 'fd00::7']);
  t.is(canonicalAddress('10.0.0.7'), '10.0.0.7');
  t.is(canonicalAddress('fd00:0:0:1::'), 'fd00:0:0:1::');
});

for (const text of ['', 'db', '10.0.0.256', '010.0.0.1', 'fe80::1%eth0', '::ffff:10.0.0.1', '[fd00::1]', 'fd00::/64']) {
  test(`${JSON.stringify(text)} is no address`, (t) => {
    t.is(canonicalAddress(text), undefined);
  });
}

test('a mask gives the length of the prefix, of its own family alone', (t) => {
  t.is(prefixLength('10.0.0.7', '255.255.255.0'), 24);
  t.is(prefixLength('10.0.0.7', '255.255.255.255'), 32);
  t.is(prefixLength('10.0.0.7', '0.0.0.0'), 0);
  t.is(prefixLength('fd00::7', 'ffff:ffff:ffff:ffff:0:0:0:0'), 64);
  t.is(prefixLength('fd00::7', 'ffff:ffff:ffff:fff0::'), 60);
  for (const mask of ['255.0.255.0', 'ffff::', '24', undefined]) t.is(prefixLength('10.0.0.7', mask), undefined);
});

test('an address lies in the subnet of its own bits, whatever the length', (t) => {
  const address = fc.oneof(
    fc.ipV4(),
    fc
      .ipV6()
      .map(canonicalAddress)
      .filter((text) => text !== undefined),
  );
  fc.assert(
    fc.property(address, fc.nat(128), (ip, wish) => {
      const length = ip.includes(':') ? wish : wish % 33;
      t.true(isWithin([subnetOf(ip, length)], ip));
    }),
  );
  t.is(subnetOf('192.0.2.77', 26), '192.0.2.64/26');
  t.is(subnetOf('fd00:0:0:7:8::9', 64), 'fd00:0:0:7::/64');
});

test('ranges of any form, of both families', (t) => {
  const ranges = ['10.0.0.0/30', ' 10.0.1.5..10.0.1.7', '10.0.2.9', 'fd00::/112', 'fd01::5..fd01::ff'];
  const inside = ['10.0.0.0', '10.0.0.3', '10.0.1.5', '10.0.1.7', '10.0.2.9', 'fd00::ffff', 'fd01::5', 'fd01::ff'];
  const outside = ['10.0.0.4', '10.0.1.4', '10.0.1.8', '10.0.2.10', 'fd00::1:0', 'fd01::4', 'fd01::100', '::a00:3'];
  for (const address of inside) t.true(isWithin(ranges, address), address);
  for (const address of outside) t.false(isWithin(ranges, address), address);
  t.false(isWithin(['', 'nonsense', '10.0.0.0'], '10.0.0.1'));
});

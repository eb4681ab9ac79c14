import test from 'ava';
import fc from 'fast-check';
import { carryState } from '../../src/vm/agent-state.ts';

const disk = (claim: string, cid = claim) => ({ cid, claim });
const hintsOf = (state: Readonly<Record<string, string>>) =>
  JSON.parse(state['persistent_disk_hints.json'] ?? '{}') as object;

test('what was read now goes over what was saved before, file by file', (t) => {
  const state = carryState(
    { 'update_settings.json': '"old"', 'records.json': '1' },
    { 'update_settings.json': '"new"' },
    [],
  );
  t.deepEqual(state, { 'update_settings.json': '"new"', 'records.json': '1' });
});

test('a file cut short by the end of its container does not take the place of a whole one', (t) => {
  const whole = '{"mbus":{"cert":"permanent"}}';
  for (let length = 0; length < whole.length; length++) {
    const state = carryState({ 'update_settings.json': whole }, { 'update_settings.json': whole.slice(0, length) }, []);
    t.is(state['update_settings.json'], whole);
  }
});

test('hints and the managed disk speak only of disks that the new pod has, whatever they are called', (t) => {
  const claim = fc.uuid().map((id) => `disk-${id}`);
  const context = fc.constantFrom('', 'prod:', 'arn:aws:eks:x:cluster/y:');
  fc.assert(
    fc.property(
      fc.uniqueArray(claim, { minLength: 1, maxLength: 5 }),
      context,
      fc.nat(),
      fc.nat(),
      (claims, prefix, keep, managed) => {
        const kept = claims.slice(0, keep % (claims.length + 1));
        const last = `${prefix}${claims[managed % claims.length]}`;
        const hints = Object.fromEntries(claims.map((name) => [`${prefix}${name}`, `/mnt/${name}`]));
        const read = { 'persistent_disk_hints.json': JSON.stringify(hints), 'managed_disk_settings.json': last };
        const state = carryState(
          {},
          read,
          kept.map((name) => disk(name, `${prefix}${name}`)),
        );
        t.deepEqual(Object.keys(hintsOf(state)).sort(), kept.map((name) => `${prefix}${name}`).sort());
        const stays = kept.some((name) => last.endsWith(name));
        t.is(state['managed_disk_settings.json'], stays ? last : undefined);
      },
    ),
  );
});

test('a managed disk with a newline at its end is still that disk', (t) => {
  const state = carryState({}, { 'managed_disk_settings.json': 'disk-1\n' }, [disk('disk-1')]);
  t.is(state['managed_disk_settings.json']?.trim(), 'disk-1');
});

test('files of an agent that are not what they should be never stop a recreation', (t) => {
  const text = fc.oneof(fc.string(), fc.json(), fc.constantFrom('null', '[]', '7', '""', '{}', '{"a":null}'));
  const file = fc.constantFrom(
    'update_settings.json',
    'records.json',
    'persistent_disk_hints.json',
    'managed_disk_settings.json',
  );
  fc.assert(
    fc.property(fc.dictionary(file, text), fc.dictionary(file, text), (saved, read) => {
      t.notThrows(() => carryState(saved, read, [disk('disk-1')]));
    }),
    { numRuns: 500 },
  );
});

test('nothing that went in is changed', (t) => {
  const saved = Object.freeze({ 'persistent_disk_hints.json': '{"disk-1":"/mnt/disk-1"}' });
  carryState(saved, Object.freeze({ 'managed_disk_settings.json': 'disk-1' }), []);
  t.is(saved['persistent_disk_hints.json'], '{"disk-1":"/mnt/disk-1"}');
});

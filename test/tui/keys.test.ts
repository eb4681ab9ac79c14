import test from 'ava';
import fc from 'fast-check';
import { characterOf, splitKeys } from '../../src/tui/keys.ts';
import { inkKey } from './ink-key.ts';

test('keys typed within one chunk stay keys', (t) => {
  t.deepEqual(splitKeys('jj', inkKey()), ['j', 'j']);
  t.deepEqual(splitKeys(':q\r', inkKey()), [':', 'q', 'enter']);
  t.deepEqual(splitKeys('a\tb \x7f', inkKey()), ['a', 'tab', 'b', 'space', 'backspace']);
  t.deepEqual(splitKeys('j\x04', inkKey()), ['j', 'ctrl-d']);
});

test('keys that Ink knows have names', (t) => {
  t.deepEqual(splitKeys('', inkKey({ rightArrow: true, shift: true })), ['shift-right']);
  t.deepEqual(splitKeys('\r', inkKey({ return: true })), ['enter']);
  t.deepEqual(splitKeys('\t', inkKey({ tab: true, shift: true })), ['shift-tab']);
  t.deepEqual(splitKeys('c', inkKey({ ctrl: true })), ['ctrl-c']);
  t.deepEqual(splitKeys(' ', inkKey({ ctrl: true })), ['ctrl-space']);
  t.deepEqual(splitKeys('G', inkKey({ shift: true })), ['G']);
  t.deepEqual(splitKeys('', inkKey()), []);
});

test('esc and the key after it, typed within a chunk, are two keys', (t) => {
  t.deepEqual(splitKeys('j', inkKey({ meta: true })), ['esc', 'j']);
});

test('a character of several code points is one key', (t) => {
  t.deepEqual(splitKeys('é👩‍🚀', inkKey()), ['é', '👩‍🚀']);
});

test('printable text comes back from its keys', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: those are no text
      const printable = text.replace(/[\x00-\x1f\x7f]/g, '');
      const typed = splitKeys(printable, inkKey()).map(characterOf);
      return typed.join('') === printable;
    }),
  );
  t.pass();
});

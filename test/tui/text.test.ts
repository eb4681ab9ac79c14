import test from 'ava';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { fitText, printable, wrapWords } from '../../src/tui/text.ts';

test('a cell is padded or cut to its column', (t) => {
  t.is(fitText('nats/0', 8), 'nats/0  ');
  t.is(fitText('12', 4, 'right'), '  12');
  t.is(fitText('diego-cell/12', 8), 'diego-c…');
  t.is(fitText('日本語', 4), '日… ');
  t.is(fitText('x', 0), '');
});

test('what comes from the cluster cannot steer the terminal', (t) => {
  t.is(printable('a\x1b[2Jb\r\nc\x9b31m'), 'a [2Jb c 31m');
  t.is(fitText('\x07\x1b]0;title\x07', 12), ' ]0;title   ');
});

test('a cell has exactly its width, whatever the text', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 60 }), (text, width) => {
      return stringWidth(fitText(text, width)) === width;
    }),
  );
  t.pass();
});

test('paragraphs are broken at spaces, and no line is too wide', (t) => {
  t.deepEqual(wrapWords('one two three', 8), ['one two', 'three']);
  t.deepEqual(wrapWords('', 8), ['']);
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 2, max: 40 }), (text, width) => {
      return wrapWords(text, width).every((line) => stringWidth(line) <= width);
    }),
  );
});

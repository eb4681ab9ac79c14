import test from 'ava';
import fc from 'fast-check';
import { clampIndex, windowTop } from '../../src/tui/window.ts';

test('the window moves no further than it must', (t) => {
  t.is(windowTop(0, 5, 10, 100), 0);
  t.is(windowTop(0, 10, 10, 100), 1);
  t.is(windowTop(50, 49, 10, 100), 49);
  t.is(windowTop(50, 55, 10, 100), 50);
});

test('no room is wasted at the end of a list', (t) => {
  t.is(windowTop(95, 99, 10, 100), 90);
  t.is(windowTop(95, 3, 10, 5), 0);
});

test('the selected row is always in the window', (t) => {
  const rows = fc.record({
    top: fc.integer({ min: -5, max: 200 }),
    height: fc.integer({ min: 1, max: 60 }),
    length: fc.integer({ min: 1, max: 150 }),
    selected: fc.nat(200),
  });
  fc.assert(
    fc.property(rows, ({ top, height, length, selected }) => {
      const index = clampIndex(selected, length);
      const first = windowTop(top, index, height, length);
      return first >= 0 && first <= index && index < first + height && first <= Math.max(0, length - height);
    }),
  );
  t.pass();
});

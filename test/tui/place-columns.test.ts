import test from 'ava';
import fc from 'fast-check';
import { columns } from '../../src/inventory/columns.ts';
import { columnGap, placeColumns } from '../../src/tui/place-columns.ts';

const some = [
  { key: 'name', width: { min: 10, max: 20 }, priority: 0 },
  { key: 'zone', width: { min: 6, max: 8 }, priority: 9 },
  { key: 'age', width: { min: 5, max: 5 }, priority: 2 },
];

function place(width: number, longest: Readonly<Record<string, number>> = {}): string {
  return placeColumns(some, width, ({ key }) => longest[key] ?? 0)
    .map(({ column, width: own }) => `${column.key}:${own}`)
    .join(' ');
}

test('columns of less weight go first, in their order', (t) => {
  t.is(place(25), 'name:10 zone:6 age:5');
  t.is(place(24), 'name:10 age:5');
  t.is(place(16), 'name:10');
});

test('columns are widened for what is in them, those of more weight first', (t) => {
  t.is(place(28, { name: 12, zone: 9 }), 'name:12 zone:7 age:5');
  t.is(place(100, { name: 12, zone: 9 }), 'name:12 zone:8 age:5');
  t.is(place(100), 'name:10 zone:6 age:5');
});

test('columns whose cells are all short give room to the others', (t) => {
  t.is(place(25, { name: 20, zone: 4, age: 3 }), 'name:14 zone:4 age:3');
});

test('the last column is cut where even it does not fit', (t) => {
  t.is(place(7), 'name:7');
});

test('every table fits every terminal from 50 to 300 columns, and keeps its first column', (t) => {
  fc.assert(
    fc.property(
      fc.constantFrom('machines', 'disks', 'stemcells', 'events' as const),
      fc.integer({ min: 47, max: 297 }),
      fc.nat(200),
      (table, width, longest) => {
        const all = columns[table] as readonly { key: string; width: { min: number; max: number }; priority: number }[];
        const placed = placeColumns(all, width, () => longest);
        const total = placed.reduce((sum, one) => sum + one.width, columnGap * (placed.length - 1));
        return total <= width && placed[0]?.column.key === all[0]?.key;
      },
    ),
  );
  t.pass();
});

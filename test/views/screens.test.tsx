import test from 'ava';
import { renderToString } from 'ink';
import { Screen } from '../../src/tui/components/screen.tsx';
import { pressKey } from '../../src/tui/dispatch.ts';
import type { Key } from '../../src/tui/keys.ts';
import { type FakeInventory, fakeInventory } from '../tui/fake-inventory.ts';
import { fakeShell } from '../tui/fake-shell.ts';

const day = 86_400_000;

const sizes = [
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
  { columns: 200, rows: 50 },
];

const screens: readonly { readonly name: string; readonly first: string; readonly keys?: readonly Key[] }[] = [
  { name: 'overview', first: 'overview' },
  { name: 'VMs', first: 'vms', keys: ['!', 'j', 'j', 'space'] },
  { name: 'disks', first: 'disks', keys: ['G'] },
  { name: 'stemcells', first: 'stemcells' },
  { name: 'events', first: 'events' },
  { name: 'help', first: 'vms', keys: ['?'] },
  { name: 'actions', first: 'vms', keys: ['a', 'down'] },
  { name: 'filter', first: 'vms', keys: ['/', '-', 'l', 'space', ...'deployment=cf'] },
  { name: 'command line', first: 'vms', keys: [':', 's', 't'] },
];

/** Ages are counted from now: rows that are as old whenever this is run. */
function aged(inventory: FakeInventory): FakeInventory {
  const created = Date.now() - 12.5 * day;
  for (const table of ['machines', 'disks', 'stemcells'] as const) {
    for (const row of inventory.rows(table).values()) inventory.put(table, { ...row, created });
  }
  return inventory;
}

for (const size of sizes) {
  for (const { name, first, keys = [] } of screens) {
    test(`${name} at ${size.columns}x${size.rows}`, async (t) => {
      const inventory = aged(fakeInventory(30));
      const { shell } = await fakeShell({ inventory, first, size, demo: true });
      const draw = () => renderToString(<Screen shell={shell} lender={{ take() {} }} />, { columns: size.columns });
      draw();
      for (const key of keys) pressKey(shell, key);
      const screen = draw();
      t.is(screen.split('\n').length, size.rows);
      t.snapshot(screen);
    });
  }
}

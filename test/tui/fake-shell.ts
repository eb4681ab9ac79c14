import { clusterCommands } from '../../src/tui/commands/cluster-commands.ts';
import { consoleCommands } from '../../src/tui/commands/console-commands.ts';
import { moveCommands } from '../../src/tui/commands/move-commands.ts';
import { openers } from '../../src/tui/commands/openers.ts';
import { tableCommands } from '../../src/tui/commands/table-commands.ts';
import type { Where } from '../../src/tui/session.ts';
import { connectTo, createShell, type Shell } from '../../src/tui/shell.ts';
import type { ViewDefinition } from '../../src/tui/view.ts';
import { views as allViews } from '../../src/views/views.ts';
import { type FakeBosh, fakeBosh } from './fake-bosh.ts';
import { type FakeInventory, fakeInventory } from './fake-inventory.ts';

export interface FakeShell {
  readonly shell: Shell;
  readonly inventory: FakeInventory;
  readonly bosh: FakeBosh;
  /** What went to the terminal, and what it was asked to do. */
  readonly terminal: string[];
  /** Where sessions were opened. */
  readonly opened: Where[];
}

interface FakeShellOptions {
  readonly inventory?: FakeInventory;
  readonly bosh?: FakeBosh;
  readonly first?: string;
  readonly readonly?: boolean;
  readonly demo?: boolean;
  readonly views?: readonly ViewDefinition[];
  readonly size?: { readonly columns: number; readonly rows: number };
  /** Why no session can be opened. */
  readonly failure?: string;
  /** Stays on its way to the cluster. */
  readonly connects?: false;
}

/** A shell on an inventory in memory, connected. */
export async function fakeShell(options: FakeShellOptions = {}): Promise<FakeShell> {
  const inventory = options.inventory ?? fakeInventory(20);
  const bosh = options.bosh ?? fakeBosh();
  const terminal: string[] = [];
  const opened: Where[] = [];
  const views = options.views ?? allViews;
  const shell = createShell({
    views,
    commands: [...moveCommands, ...tableCommands, ...openers(views), ...clusterCommands, ...consoleCommands],
    first: options.first ?? 'vms',
    source: {
      contexts: async () => ['dev', 'prod'],
      open: async (where) => {
        opened.push(where);
        if (options.failure !== undefined) throw new Error(options.failure);
        return {
          context: where.context ?? 'dev',
          namespace: where.allNamespaces ? undefined : (where.namespace ?? 'bosh'),
          cluster: fakeCluster as never,
          inventory,
          preferences: { aliases: { cells: 'vms diego-cell' } },
          openBosh: async () => bosh,
        };
      },
    },
    terminal: {
      // Nobody is there to read a pager or to leave a shell.
      lend: async () => void terminal.push('lend'),
      send: (sequence) => void terminal.push(sequence),
      stop: async () => void terminal.push('stop'),
      redraw: async () => void terminal.push('redraw'),
      quit: () => void terminal.push('quit'),
    },
    size: options.size ?? { columns: 100, rows: 30 },
    theme: 'mono',
    asked: { readonly: options.readonly ?? false, theme: 'mono' },
    demo: options.demo ?? false,
  });
  shell.viewport.height = 10;
  if (options.connects !== false) await connectTo(shell, {});
  // BOSH's side comes after the machines
  await new Promise(setImmediate);
  return { shell, inventory, bosh, terminal, opened };
}

const fakeCluster = {
  server: 'https://10.0.0.1:6443',
  close() {},
  json: async () => ({ items: [{ metadata: { name: 'bosh' } }, { metadata: { name: 'default' } }] }),
};

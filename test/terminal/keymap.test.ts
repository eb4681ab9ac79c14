import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { clusterCommands } from '../../src/tui/commands/cluster-commands.ts';
import { consoleCommands } from '../../src/tui/commands/console-commands.ts';
import { moveCommands } from '../../src/tui/commands/move-commands.ts';
import { openers } from '../../src/tui/commands/openers.ts';
import { tableCommands } from '../../src/tui/commands/table-commands.ts';
import { views } from '../../src/views/views.ts';
import { clientOf, makeMachine } from './machine.ts';
import { startCluster, startProgram } from './program.ts';
import type { Terminal } from './terminal.ts';

/** What a key must show, on a screen that the keys before it have left. */
type Step = readonly [key: string, shows: string | RegExp | ((terminal: Terminal) => boolean)];

const selected = (instance: string) => new RegExp(`▸ ${instance} `);
const lacks = (text: string) => (terminal: Terminal) => !terminal.text().includes(text);
/** Escape sequences as the terminal gets them: OSC 52 puts into its clipboard. */
const copies = (terminal: Terminal) => terminal.written().includes('\x1b]52;c;');

const lists: readonly Step[] = [
  ['j', selected('api/1')],
  ['down', selected('api/2')],
  ['k', selected('api/1')],
  ['up', selected('api/0')],
  ['pagedown', lacks('▸ api/0 ')],
  ['pageup', selected('api/0')],
  ['ctrl-f', lacks('▸ api/0 ')],
  ['ctrl-b', selected('api/0')],
  ['ctrl-d', lacks('▸ api/0 ')],
  ['ctrl-u', selected('api/0')],
  ['G', selected('api/13')],
  ['g', selected('api/0')],
  ['end', selected('api/13')],
  ['home', selected('api/0')],
  ['space', '1 marked'],
  ['u', lacks('marked')],
  ['d', /nothing is found about it|Finding|What happened/],
  ['y', copies],
  ['Y', 'as JSON'],
  ['!', 'problems first'],
  ['!', lacks('problems first')],
  ['shift-right', /\S/],
  ['o', /INSTANCE[↑↓]/],
  ['>', /\S/],
  ['o', 'sort state'],
  ['<', /\S/],
  ['o', 'sort instance'],
  // before the first column is the last one
  ['shift-left', /\S/],
  ['o', 'sort created'],
  ['a', 'Its YAML in the pager'],
  ['escape', lacks('Its YAML in the pager')],
  ['?', 'Help for VMs'],
  ['escape', lacks('Help for VMs')],
  [':', /^ :/m],
  ['escape', lacks('\n :')],
  ['c', /Context/],
  ['escape', lacks('Context')],
  ['n', /Namespace/],
  ['escape', lacks('Namespace')],
  ['T', /light/],
  ['r', 'live ●'],
  ['ctrl-l', 'VMs 14'],
  ['6', /agree\.|findings? in/],
  ['i', /there is no finding here|ignored/],
  ['f', 'there is no Director to ask'],
  ['1', 'What there is'],
  ['3', 'Disks 0'],
  ['4', 'Stemcells 1'],
  ['5', /Events \d+/],
  ['2', 'VMs 14'],
  ['-', /Events \d+/],
  ['-', 'VMs 14'],
  ['[', /Events \d+/],
  [']', 'VMs 14'],
  ['/', /^ \//m],
  ['escape', lacks('\n /')],
];

const details: readonly Step[] = [
  ['enter', 'actual address'],
  ['tab', 'following ●'],
  ['right', /agent/],
  ['left', 'following ●'],
  ['w', 'cut'],
  ['t', /\d\d:\d\d:\d\d/],
  ['f', 'paused'],
  ['f', 'following ●'],
  ['shift-tab', 'actual address'],
  ['l', 'following ●'],
  ['L', /following|cannot/],
  ['p', 'it has not been restarted'],
  ['n', /\S/],
  ['N', /\S/],
  ['escape', 'VMs 14'],
];

/** Tried where they belong: the shell and the pager, a stop and its end, a disk of a machine. */
const elsewhere = ['s', 'v', 'm', 'ctrl-z', 'ctrl-c'];

test('every key of the keymap does in a terminal what it says', async (t) => {
  const sandbox = await startCluster(t);
  const cluster = await clientOf(t, sandbox);
  await Promise.all(Array.from({ length: 14 }, (_, index) => makeMachine(cluster, `api/${index}`)));
  const { terminal } = await startProgram(t, ['console'], { sandbox, columns: 120, rows: 20 });
  await terminal.waitFor(/live ●[\s\S]*VMs 14/);
  for (const [index, [key, shows]] of [...lists, ...details].entries()) {
    const before = terminal.length;
    terminal.press(key);
    await t.notThrowsAsync(terminal.waitFor(shows), `step ${index}, ${key}`);
    // an escape right before another key would be the begin of an escape sequence
    if (key === 'escape' || terminal.length === before) await sleep(100);
  }
  terminal.press('q');
  t.is((await terminal.exited).code, 0);
});

test('no key of the keymap was forgotten', (t) => {
  const shell = [...moveCommands, ...tableCommands, ...openers(views), ...clusterCommands, ...consoleCommands];
  const commands = [...shell, ...views.flatMap((view) => view.commands ?? [])];
  const tried = new Set(['q', ...elsewhere, ...[...lists, ...details].map(([key]) => key.replace('escape', 'esc'))]);
  t.deepEqual(
    commands.flatMap(({ keys }) => keys).filter((key) => !tried.has(key)),
    [],
  );
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import xterm from '@xterm/headless';
import { openTerminal, type Terminal } from '../test/terminal/terminal.ts';
import { bundle } from './build/bundle.ts';
import { screenAsSvg } from './pictures/svg.ts';
import { root } from './root.ts';

/** One picture: what to press after the one before it, and what must be on the screen then. */
interface Picture {
  readonly name: string;
  readonly title: string;
  readonly keys: readonly string[];
  readonly shows: string | RegExp;
}

/** Taken in this order from one run of the demo, whose foundation is the same each time. */
const pictures: readonly Picture[] = [
  { name: 'vms', title: 'The VMs of a foundation, problems first', keys: ['!'], shows: 'ImagePullBack' },
  {
    name: 'vm',
    title: 'One VM: its state, its container, what the Director told',
    keys: ['j', 'enter'],
    shows: 'stemcell',
  },
  { name: 'vm-log', title: 'The log of a VM, followed', keys: ['l'], shows: /DEBUG|INFO/ },
  { name: 'disks', title: 'The persistent disks and who has them', keys: ['escape', '3', '!'], shows: 'Disks' },
  {
    name: 'drift',
    title: 'Where BOSH and Kubernetes disagree',
    keys: ['6', 'f'],
    shows: /agents asked[\s\S]*unknown claim/,
  },
  { name: 'plan', title: 'What a repair would do', keys: ['enter', 'enter'], shows: 'to go on' },
  { name: 'overview', title: 'The cluster at a glance', keys: ['escape', 'escape', '1'], shows: 'Deployments' },
];

const size = { columns: 120, rows: 36 };

await takePictures(join(root, 'docs/pictures'));

/** Runs the program in a terminal and writes its screens. @throws Error with the screen when a view does not come up */
async function takePictures(folder: string): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'kubernetes-cpi-pictures-'));
  const program = join(home, 'kubernetes-cpi.mjs');
  await bundle(join(root, 'src/main.ts'), program, 'node');
  // without CI, which takes the colours and all frames but the last
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    TERM: 'xterm-256color',
    COLORTERM: 'truecolor',
    LANG: 'C.UTF-8',
  };
  const terminal = openTerminal([process.execPath, program, 'demo', '--still'], { ...size, env });
  mkdirSync(folder, { recursive: true });
  try {
    // everything is deployed once the last mishap has happened
    await terminal.waitFor(/VMs 61/, 300_000);
    await terminal.waitFor(() => /[34] problems/.test(terminal.text()), 120_000);
    for (const picture of pictures) await take(terminal, picture, folder);
    terminal.press('q');
  } finally {
    await terminal.close();
    rmSync(home, { recursive: true });
  }
}

async function take(terminal: Terminal, { name, title, keys, shows }: Picture, folder: string): Promise<void> {
  for (const key of keys) {
    terminal.press(key);
    await settled(terminal);
  }
  await terminal.waitFor(shows, 30_000);
  await settled(terminal);
  writeFileSync(join(folder, `${name}.svg`), screenAsSvg(await replay(terminal), title));
  process.stdout.write(`docs/pictures/${name}.svg\n`);
}

/** Waits until the screen has stood still for a moment. */
async function settled(terminal: Terminal): Promise<void> {
  let before: string;
  do {
    before = terminal.text();
    await new Promise((resolve) => setTimeout(resolve, 700));
  } while (before !== terminal.text());
}

/** What was written so far in a terminal whose cells can be read. */
async function replay(terminal: Terminal): Promise<InstanceType<typeof xterm.Terminal>> {
  const display = new xterm.Terminal({ cols: size.columns, rows: size.rows, allowProposedApi: true });
  await new Promise<void>((resolve) => display.write(terminal.written(), resolve));
  return display;
}

import test from 'ava';
import { renderToString } from 'ink';
import { ShellContext } from '../../../src/tui/components/shell-context.ts';
import { SpokenScreen } from '../../../src/tui/components/spoken.tsx';
import { pressKey } from '../../../src/tui/dispatch.ts';
import { fakeShell } from '../fake-shell.ts';

test('a screen reader is told the place, the row in words, and what is being typed', async (t) => {
  const { shell } = await fakeShell({ demo: true });
  const said = () =>
    renderToString(
      <ShellContext value={shell}>
        <SpokenScreen width={100} />
      </ShellContext>,
      { columns: 400 },
    );
  t.regex(said(), /^context dev, bosh, demo, Director prod read 280\.1\.0, 1 problem, live\n/);
  t.regex(said(), /VMs, 1 of 20: instance api\/0, state Running, /);
  pressKey(shell, '!');
  t.regex(said(), /instance router\/1, .*\. problem: Back-off pulling image/);
  for (const key of ['/', 'n', 'a', 't']) pressKey(shell, key);
  t.regex(said(), /VMs, filter nat, 1 of 3: instance nats\/0/);
  t.regex(said(), /filter: nat/);
  pressKey(shell, 'esc');
  for (const key of [':', 'd', 'i']) pressKey(shell, key);
  t.regex(said(), /command: di, tab for disks/);
});

import { join } from 'node:path';
import test from 'ava';
import { startProgram } from './program.ts';

test('info tells where everything is, and what is wrong with the configuration', async (t) => {
  const { terminal, home } = await startProgram(t, ['info'], { configuration: 'redonly: true\n' });
  t.is((await terminal.exited).code, 1);
  const text = terminal.screen().join('\n');
  t.true(text.includes(`configuration  ${join(home, 'config/kubernetes-cpi/config.yml')}\n`), text);
  t.true(text.includes('redonly: unknown, did you mean readonly?'), text);
  t.true(text.includes(`log            ${join(home, 'state/kubernetes-cpi/console.log')} (not there)\n`), text);
  t.true(text.includes(`kubeconfig     ${join(home, 'kubeconfig.json')} (not there)\n`), text);
});

test('info for machines', async (t) => {
  const { terminal, home } = await startProgram(t, ['info', '--json'], { columns: 300 });
  t.is((await terminal.exited).code, 0);
  const info = JSON.parse(terminal.text());
  t.regex(info.version, /^\d+\.\d+\.\d+/);
  t.deepEqual(info.configuration, { path: join(home, 'config/kubernetes-cpi/config.yml'), exists: false });
  t.deepEqual(info.kubeconfig, [{ path: join(home, 'kubeconfig.json'), exists: false }]);
});

import test from 'ava';
import { type Import, importsOf } from '../../scripts/check/import-graph.ts';
import { importProblems } from '../../scripts/check/imports.ts';

const imported = (from: string, to: string, kind: Import['kind'] = 'static'): Import => ({ from, to, kind });

test('every way to import is seen, with what it costs', (t) => {
  const source = `
import { a } from './a.ts';
import type { B } from '../disk/b.ts';
import {
  one,
  two,
} from 'valibot';
export { c } from './c.ts';
import './effect.ts';
// import { never } from './comment.ts';
/** import { never } from './doc.ts' */
const lazy = async () => (await import('./lazy.ts')).lazy;
`;
  t.deepEqual(
    importsOf('src/vm/x.ts', source).map(({ to, kind }) => [to, kind]),
    [
      ['src/vm/a.ts', 'static'],
      ['src/disk/b.ts', 'type'],
      ['valibot', 'static'],
      ['src/vm/c.ts', 'static'],
      ['src/vm/effect.ts', 'static'],
      ['src/vm/lazy.ts', 'lazy'],
    ],
  );
});

test('imports that point down are fine', (t) => {
  t.deepEqual(
    importProblems([
      imported('src/main.ts', 'src/cpi/run.ts', 'lazy'),
      imported('src/main.ts', 'src/sandbox/demo.ts', 'lazy'),
      imported('src/cpi/run.ts', 'src/vm/create.ts'),
      imported('src/vm/create.ts', 'src/kubernetes/cluster.ts'),
      imported('src/vm/create.ts', '@kubernetes/client-node/dist/gen/models/V1Pod.js', 'type'),
      imported('src/kubernetes/cluster.ts', '@kubernetes/client-node/dist/gen/servers.js'),
      imported('src/kubernetes/cluster.ts', 'node:https'),
    ]),
    [],
  );
});

for (const [what, problem, pattern] of [
  ['the Kubernetes layer knows no BOSH', [imported('src/kubernetes/a.ts', 'src/vm/b.ts')], /no other folder/],
  ['a type counts as well', [imported('src/network/a.ts', 'src/vm/b.ts', 'type')], /src\/network may import/],
  ['the CPI does not know the sandbox', [imported('src/cpi/a.ts', 'src/sandbox/b.ts', 'lazy')], /src\/cpi may import/],
  ['sources need no tests', [imported('src/vm/a.ts', 'test/cluster/b.ts')], /src\/vm may import/],
  ['a folder without a rule', [imported('src/new/a.ts', 'src/vm/b.ts')], /no rule for src\/new/],
  ['the whole client', [imported('src/kubernetes/a.ts', '@kubernetes/client-node')], /only dist\/gen/],
  ['a model as a value', [imported('src/vm/a.ts', '@kubernetes/client-node/dist/gen/all.js')], /only types/],
  ['a mode loaded at start', [imported('src/main.ts', 'src/cpi/run.ts')], /at start/],
  [
    'React behind two doors of a call',
    [imported('src/cpi/run.ts', 'src/vm/a.ts', 'lazy'), imported('src/vm/a.ts', 'react/jsx-runtime', 'lazy')],
    /src\/vm\/a\.ts imports react/,
  ],
  [
    'a circle',
    [imported('src/vm/a.ts', 'src/disk/b.ts'), imported('src/disk/b.ts', 'src/vm/a.ts')],
    /a\.ts -> src\/disk\/b\.ts -> src\/vm\/a\.ts/,
  ],
] as const) {
  test(`refused: ${what}`, (t) => {
    const problems = importProblems(problem);
    t.is(problems.length, 1, problems.join('\n'));
    t.regex(problems[0] ?? '', pattern);
  });
}

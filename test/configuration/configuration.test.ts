import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Configuration, preferencesFor, readConfiguration } from '../../src/configuration/configuration.ts';
import { consolePaths } from '../../src/configuration/paths.ts';

function file(t: ExecutionContext, text?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'configuration-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'config.yml');
  if (text !== undefined) writeFileSync(path, text);
  return path;
}

test('a file that is missing or says nothing sets nothing', async (t) => {
  const nothing: Configuration = { contexts: {}, aliases: {} };
  t.deepEqual(await readConfiguration(file(t)), nothing);
  t.deepEqual(await readConfiguration(file(t, '\n')), nothing);
  t.deepEqual(await readConfiguration(file(t, '# theme: dark\n')), nothing);
});

test('a context has its own settings before those for all, but cannot take read-only back', async (t) => {
  const text = `
theme: light
namespace: bosh
contexts:
  prod-eu: {readonly: true, theme: dark}
  lab: {namespace: "*"}
aliases: {cells: vms -l instance_group=diego-cell}
`;
  const configuration = await readConfiguration(file(t, text));
  t.deepEqual(configuration.aliases, { cells: 'vms -l instance_group=diego-cell' });
  t.deepEqual(preferencesFor(configuration, 'prod-eu'), { theme: 'dark', namespace: 'bosh', readonly: true });
  t.deepEqual(preferencesFor(configuration, 'lab'), { theme: 'light', namespace: '*' });
  t.deepEqual(preferencesFor(configuration, 'toString'), { theme: 'light', namespace: 'bosh' });
  const strict = { ...configuration, readonly: true, contexts: { lab: { readonly: false } } };
  t.true(preferencesFor(strict, 'lab').readonly);
});

const flaws: readonly (readonly [string, RegExp])[] = [
  ['themes: dark', /config\.yml: themes: unknown, did you mean theme\?$/],
  ['theme: blue', /: theme: expected .*"dark".*, got a string$/],
  ['contexts: {prod: {read_only: true}}', /: contexts\.prod\.read_only: unknown, did you mean readonly\?$/],
  ['readonly: "yes"\nnamespace: ""', /: readonly: expected boolean, got a string; namespace: must not be empty$/],
  ['aliases: {"a b": vms}', /: aliases\.a b: must be one word$/],
  ['- theme', /: expected Object, got a list$/],
  ['theme: [', /config\.yml: line 1, column \d+: /],
];

for (const [text, expected] of flaws) {
  test(`a flaw is named with its path: ${JSON.stringify(text)}`, async (t) => {
    const error = await t.throwsAsync(readConfiguration(file(t, text)));
    t.regex(error?.message ?? '', expected);
  });
}

test('a file that cannot be read is an error, since it may say read-only', async (t) => {
  await t.throwsAsync(readConfiguration(join(file(t), '..')), { message: /cannot be read: EISDIR/ });
});

test('paths follow the XDG base directories, relative ones are ignored', (t) => {
  t.deepEqual(consolePaths({ HOME: '/home/o', XDG_CONFIG_HOME: '/etc/o', XDG_STATE_HOME: 'state' }), {
    configuration: '/etc/o/kubernetes-cpi/config.yml',
    log: '/home/o/.local/state/kubernetes-cpi/console.log',
    audit: '/home/o/.local/state/kubernetes-cpi/audit.jsonl',
  });
});

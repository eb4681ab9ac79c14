import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openLog } from '../../src/tui/log.ts';

function path(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'log-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return join(folder, 'state/console.log');
}

test('lines are for the operator alone, with time and process; what goes on is indented', (t) => {
  const file = path(t);
  const log = openLog(file);
  log.write('Error: one\n    at two');
  log.call({ verb: 'list', resource: 'pods', namespace: 'bosh', status: 200, durationMs: 41.7, attempt: 2 });
  const [first, second, third] = readFileSync(file, 'utf8').split('\n');
  t.regex(first ?? '', new RegExp(`^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z ${process.pid} Error: one$`));
  t.is(second, '      at two');
  t.regex(third ?? '', / list pods bosh 200 42 ms \(attempt 2\)$/);
  t.is(statSync(file).mode & 0o777, 0o600);
  t.is(statSync(join(file, '..')).mode & 0o777, 0o700);
});

test('the files never grow beyond their bound', (t) => {
  const file = path(t);
  const log = openLog(file, 10_000);
  for (let number = 0; number < 1000; number++) log.write(`line ${number} ${'x'.repeat(100)}`);
  const folder = join(file, '..');
  t.deepEqual(readdirSync(folder).sort(), ['console.log', 'console.log.1']);
  for (const name of readdirSync(folder)) t.true(statSync(join(folder, name)).size < 10_300);
  t.true(readFileSync(file, 'utf8').includes('line 999 '));
});

test('a disk that takes nothing does not end the console', (t) => {
  t.notThrows(() => openLog('/dev/null/console.log').write('lost'));
});

const canary = 'c4nary-9f1e';
const leaks: readonly string[] = [
  `the proxy http://operator:${canary}@proxy:3128 answered 407`,
  `Authorization: Bearer ${canary}`,
  `plugin said {"token": "${canary}", "password":"${canary}"}`,
  `-----BEGIN RSA PRIVATE KEY-----\n${canary}\n-----END RSA PRIVATE KEY-----`,
  `client-key-data: ${canary}`,
  `eyJhbGciOi.eyJ${canary}.sig`,
];

for (const leak of leaks) {
  test(`no secret in the log: ${leak.slice(0, 30).replace('\n', ' ')}`, (t) => {
    const file = path(t);
    openLog(file).write(leak);
    const text = readFileSync(file, 'utf8');
    t.false(text.includes(canary), text);
    t.true(text.includes('<redacted>'));
  });
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import test from 'ava';
import { parseEnvironment } from '../../src/demo/foundation/environment.ts';
import { connectDirector } from '../../src/director/client.ts';
import { readTarget } from '../../src/director/target.ts';

test('demo --cluster says where its Director is, keeps the password to a file of its own, and takes it along', async (t) => {
  const program = new URL('../../src/main.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [program, 'demo', '--cluster', '--still']);
  t.teardown(() => child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk;
    });
  }
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  await lines.next();
  const path = /^\. (\S+)$/.exec(String((await lines.next()).value))?.[1] ?? '';
  t.is(statSync(path).mode & 0o777, 0o600);
  const variables = parseEnvironment(readFileSync(path, 'utf8'));
  const target = await readTarget({ HOME: '/nonexistent', ...variables });
  if (target === undefined) throw new Error('no Director');
  const client = connectDirector(target);
  const { user } = await client.info();
  client.close();
  t.is(user, 'admin');
  t.false(said.includes(variables.BOSH_CLIENT_SECRET ?? 'no secret'));
  child.stdin.end();
  await once(child, 'exit');
  t.false(existsSync(path));
});

import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { bundle } from '../../scripts/build/bundle.ts';
import { root } from '../../scripts/root.ts';

// The demo checks itself: a step that does not go as told, or an object left over, ends it with status 1.
test('the demo plays a whole life, crash included, and leaves nothing', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'demo-test-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const script = join(folder, 'kubernetes-cpi.mjs');
  await bundle(join(root, 'src/main.ts'), script, 'node');
  const env = { ...process.env, NO_COLOR: '1', TMPDIR: folder };
  const { stdout } = await promisify(execFile)(process.execPath, [script, 'demo'], { env });
  t.regex(stdout, /the CPI process was killed \(SIGKILL\)/);
  t.regex(stdout, /\+ Pod attachment-/);
  t.notRegex(stdout, /± Pod/, 'the machine runs on');
  t.is(stdout.match(/update_settings\.json in the record: .*permanent certificate/g)?.length, 2);
  t.regex(stdout, /in use by VM\s+agent-/);
  t.regex(stdout, /Nothing is left of it/);
  t.deepEqual(await readdir(folder), ['kubernetes-cpi.mjs'], 'its configuration holds credentials');
});

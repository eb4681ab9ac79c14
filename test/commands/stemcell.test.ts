import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { wardenStemcell } from '../stemcell/support/archives.ts';
import { shipped } from '../support/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'stemcell-command-test-'));
test.after.always(() => rmSync(folder, { recursive: true }));

async function run(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const [command = '', ...first] = await shipped.command();
  return new Promise((resolve) => {
    execFile(command, [...first, 'stemcell', ...args], { cwd: folder }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

test.serial('what was built is inspected as what it is: tarball, light stemcell, layout', async (t) => {
  const warden = await wardenStemcell(folder);
  const { status, stdout, stderr } = await run('build', '--from', warden, '--image', 'r.example.com/noble:1.484');
  t.is(status, 0, stderr);
  t.regex(
    stdout,
    /^image {11}stemcell\/image \(0 MB\)\nlight stemcell {2}stemcell\/bosh-warden-boshlite-ubuntu-noble-1\.484\.tgz\nnames {11}r\.example\.com\/noble:1\.484@sha256:[0-9a-f]{64}\n$/,
  );
  const kinds = [];
  for (const what of [warden, 'stemcell/bosh-warden-boshlite-ubuntu-noble-1.484.tgz', 'stemcell']) {
    const found = JSON.parse((await run('inspect', what, '--json')).stdout) as Record<string, unknown>;
    t.like(found, { name: 'bosh-warden-boshlite-ubuntu-noble', version: '1.484', operating_system: 'ubuntu-noble' });
    kinds.push(found.kind);
  }
  t.deepEqual(kinds, ['stemcell', 'light stemcell', 'image layout']);
  t.regex(
    (await run('inspect', 'stemcell')).stdout,
    /^kind {14}image layout\n[\s\S]*^operating system {2}ubuntu-noble$/m,
  );
});

test('a wrong command line says what is missing and makes nothing', async (t) => {
  const cases: readonly [readonly string[], RegExp][] = [
    [['build'], /--from SOURCE: required/],
    [['build', '--from', 'x'], /--image REFERENCE: required/],
    [['build', '--from', 'x', '--image', 'a/b', '--architecture', 'mips'], /--architecture: expected amd64 or arm64/],
    [['push'], /expected BUILT or STEMCELL/],
    [['make'], /there are build, push and inspect/],
    [['inspect', '--jsn'], /Unknown option '--jsn'/],
  ];
  for (const [args, why] of cases) {
    const { status, stderr } = await run(...args);
    t.is(status, 2, args.join(' '));
    t.regex(stderr, why);
    t.regex(stderr, /See kubernetes-cpi stemcell --help/);
  }
  const { status, stderr } = await run('build', '--from', 'nothing', '--image', 'a/b', '--output', 'nowhere');
  t.is(status, 1);
  t.is(stderr, 'kubernetes-cpi stemcell build: nothing: no such file\n');
  t.false(readdirSync(folder).some((name) => name.includes('nowhere')));
});

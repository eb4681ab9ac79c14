import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { shipped } from '../support/program.ts';
import { wardenStemcell } from './support/archives.ts';
import { hasDockerRegistry, startDockerRegistry } from './support/docker-registry.ts';

const installed = hasDockerRegistry();
if (!installed) console.error('docker-registry is not installed: its test is skipped');

async function stemcell(...args: string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const [command = '', ...first] = await shipped.command();
  const child = spawn(command, [...first, 'stemcell', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DOCKER_CONFIG: '/nonexistent' },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk));
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { status, stdout, stderr };
}

(installed ? test : test.skip)('the commands work on a real registry with a certificate of its own', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'docker-registry-test-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const { host, ca: certificate, stop } = await startDockerRegistry(join(folder, 'registry'));
  t.teardown(stop);
  const reference = `${host}/bosh/noble:1.484`;
  const built = join(folder, 'built');
  const made = await stemcell('build', '--from', await wardenStemcell(folder), '--image', reference, '--output', built);
  t.is(made.status, 0, made.stderr);
  const unknown = await stemcell('push', built);
  t.is(unknown.status, 1);
  t.regex(unknown.stderr, /if it is your own, give its certificate: --ca/);
  const ca = ['--ca', certificate];
  const pushed = await stemcell('push', built, ...ca);
  t.is(pushed.status, 0, pushed.stderr);
  t.true(made.stdout.includes(`names           ${pushed.stdout.trim()}\n`));
  const again = await stemcell('push', join(folder, 'warden.tgz'), reference, ...ca);
  t.is(again.stdout, pushed.stdout);
  const found = await stemcell('inspect', pushed.stdout.trim(), '--json', ...ca);
  t.like(JSON.parse(found.stdout), {
    kind: 'image',
    name: 'bosh-warden-boshlite-ubuntu-noble',
    version: '1.484',
    operating_system: 'ubuntu-noble',
    api_version: 3,
    digest: pushed.stdout.trim().split('@')[1],
  });
});

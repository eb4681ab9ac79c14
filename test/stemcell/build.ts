import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { basename, join } from 'node:path';

export type Flavour = 'runit' | 'systemd';

export interface Stemcell {
  /** the image's name, as pods give it */
  readonly image: string;
  /** a docker archive, as `docker load` and `ctr images import` read it */
  readonly archive: string;
}

const here = import.meta.dirname;
const agentModule = join(here, '../agent');

/** Where built parts are kept, outside the work tree: they are large, and any checkout of the same content may use them. */
function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'kubernetes-cpi', 'stemcell');
}

/**
 * Builds the small stemcell, or finds it in the cache by its content.
 * @param options.flavour - its init: runit as in a jammy stemcell, systemd as in a noble one
 * @param options.agent - path of a bosh-agent; without it the double of `test/agent` goes in
 * @param options.blobstore - path of a program that becomes `bosh-blobstore-dav`, which machines of a real Director need
 * @throws when not root, or without debootstrap, go or tar (the message carries the tool's output)
 */
export async function stemcell(options: {
  readonly flavour: Flavour;
  readonly agent?: string;
  readonly blobstore?: string;
}): Promise<Stemcell> {
  const cache = cacheFolder();
  await mkdir(cache, { recursive: true });
  const agent = options.agent ?? (await goProgram('.', 'agent-double'));
  const gate = await goProgram('./monit-gate', 'monit-gate');
  const base = await cached(cache, 'base-', '.tar', [join(here, 'base.sh')], (out) =>
    run('bash', ['-c', `bash "$0" > "$1"`, join(here, 'base.sh'), out]),
  );
  const content = options.agent === undefined ? 'double' : options.blobstore === undefined ? 'real' : 'director';
  const kind = `${options.flavour}-${content}-`;
  const layerScript = join(here, 'layer.sh');
  const programs = [agent, gate, ...(options.blobstore === undefined ? [] : [options.blobstore])];
  const parts = [join(here, 'base.sh'), layerScript, ...programs];
  const image = `test.local/stemcell:${kind}${(await digestOf(parts)).slice(0, 12)}`;
  const archive = await cached(cache, kind, '.tar', parts, async (out) => {
    const folder = await mkdtemp(join(tmpdir(), 'stemcell-'));
    try {
      await run('bash', [layerScript, join(folder, 'root'), options.flavour, ...programs]);
      await run('tar', [
        '-C',
        join(folder, 'root'),
        '--numeric-owner',
        '--sort=name',
        '-cf',
        join(folder, 'top.tar'),
        '.',
      ]);
      await writeArchive(folder, image, base, out);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
  return { image, archive };
}

async function writeArchive(folder: string, image: string, base: string, out: string): Promise<void> {
  const layers = [base, join(folder, 'top.tar')];
  const diffIds = await Promise.all(layers.map(async (layer) => `sha256:${await digestOf([layer])}`));
  const config = JSON.stringify({
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    config: { Cmd: ['/bin/bash'] },
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: layers.map(() => ({ created_by: 'test/stemcell/build.ts' })),
  });
  const configName = `${createHash('sha256').update(config).digest('hex')}.json`;
  await writeFile(join(folder, configName), config);
  await writeFile(
    join(folder, 'manifest.json'),
    JSON.stringify([{ Config: configName, RepoTags: [image], Layers: ['base.tar', 'top.tar'] }]),
  );
  await copyFile(base, join(folder, 'base.tar'));
  await run('tar', ['-C', folder, '-cf', out, 'manifest.json', configName, 'base.tar', 'top.tar']);
}

async function goProgram(folder: string, name: string): Promise<string> {
  const out = join(cacheFolder(), name);
  // the build cache of Go makes this fast, and the same source makes the same file
  const flags = ['build', '-trimpath', '-buildvcs=false', '-ldflags', '-s -w', '-o', out, folder];
  await run('go', flags, { cwd: agentModule, env: { ...process.env, CGO_ENABLED: '0' } });
  return out;
}

/** The file named by the content of `parts`, made by `make` when it is not there; older ones of its kind are removed. */
async function cached(
  cache: string,
  kind: string,
  suffix: string,
  parts: readonly string[],
  make: (out: string) => Promise<void>,
): Promise<string> {
  const name = `${kind}${(await digestOf(parts)).slice(0, 16)}${suffix}`;
  const path = join(cache, name);
  if (await stat(path).catch(() => undefined)) return path;
  const unfinished = join(cache, `.${name}.${process.pid}`);
  try {
    await make(unfinished);
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
  for (const each of await readdir(cache)) {
    if (each.startsWith(kind) && each !== name) await rm(join(cache, each));
  }
  return path;
}

async function digestOf(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const path of paths) {
    if (paths.length > 1) hash.update(`${basename(path)}\0`);
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}

function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => (output = (output + chunk).slice(-4000)));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}: ${output}`)),
    );
  });
}

if (import.meta.main) {
  const flavour = process.argv[2] === 'systemd' ? 'systemd' : 'runit';
  const agent = process.env.BOSH_AGENT;
  process.stdout.write(`${JSON.stringify(await stemcell({ flavour, ...(agent === undefined ? {} : { agent }) }))}\n`);
}

import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from '../stemcell/image/build.ts';
import { blobPath, readLayout } from '../stemcell/image/layout.ts';
import { parseImage, taggedName } from '../stemcell/image-reference.ts';
import { type PushProgress, pushImage } from '../stemcell/registry/push.ts';
import { UsageError } from './stemcell.ts';
import { openAs, registryOptions } from './stemcell-registry.ts';

type Values = Parameters<typeof openAs>[1];

/** @returns the pushed image's reference with its digest, alone on its line for scripts */
export async function pushStemcell(args: readonly string[]): Promise<string> {
  const { values, positionals } = parseArgs({ args: [...args], options: registryOptions, allowPositionals: true });
  const [source, reference, ...more] = positionals;
  if (source === undefined || more.length > 0) throw new UsageError('expected BUILT or STEMCELL, and a REFERENCE');
  const found = await stat(source).catch(() => undefined);
  if (found === undefined) throw new Error(`${source}: no such file`);
  if (found.isDirectory()) return pushLayout(await layoutIn(source), reference, values);
  if (reference === undefined) throw new UsageError('a stemcell tarball needs a REFERENCE to push to');
  const folder = await mkdtemp(join(tmpdir(), 'stemcell-'));
  try {
    const unknown = { operatingSystem: undefined, version: undefined, architecture: undefined };
    const output = join(folder, 'built');
    const { layout } = await build({ from: source, reference: parseImage(reference), output, ...unknown });
    return await pushLayout(layout, reference, values);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The layout in what build made, or the folder itself. */
async function layoutIn(folder: string): Promise<string> {
  const inside = join(folder, 'image');
  return (await stat(join(inside, 'index.json')).catch(() => undefined)) === undefined ? folder : inside;
}

async function pushLayout(layout: string, given: string | undefined, values: Values): Promise<string> {
  const { bytes, manifest, reference: built } = await readLayout(layout);
  const name = given ?? built;
  if (name === undefined) throw new UsageError(`${layout} was built without a name: give a REFERENCE`);
  const reference = parseImage(name);
  const repository = await openAs(reference, values);
  const blobs = [...manifest.layers, manifest.config].map(({ digest, size }) => ({
    digest,
    size,
    content: { path: blobPath(layout, digest) },
  }));
  const { digest, present } = await pushImage(repository, reference.tag, { manifest: bytes, blobs }, progress());
  if (present > 0) process.stderr.write(`${Math.round(present / 1e6)} MB were there already\n`);
  return `${taggedName(reference)}@${digest}\n`;
}

const barWidth = 40;

/** A bar on stderr where that is a terminal, else nothing. */
function progress(): ((progress: PushProgress) => void) | undefined {
  if (!process.stderr.isTTY) return undefined;
  return ({ done, total }) => {
    const share = total === 0 ? 1 : done / total;
    const bar = '#'.repeat(Math.round(share * barWidth)).padEnd(barWidth, '.');
    const megabytes = `${Math.round(done / 1e6)} of ${Math.round(total / 1e6)} MB`;
    process.stderr.write(`\r[${bar}] ${megabytes}${share === 1 ? '\n' : ''}`);
  };
}

import { createHash } from 'node:crypto';
import { copyFileSync, createReadStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../test/cluster/command.ts';
import { hasDockerRegistry, startDockerRegistry } from '../../test/stemcell/support/docker-registry.ts';
import { type Contestant, processFigures, race } from '../processes.ts';
import type { Section } from '../report.ts';
import type { Setting } from '../setting.ts';

/** Bytes of the root file system: a stemcell with its largest packages. */
const size = 2 * 1024 ** 3;
const smallFiles = 20_000;
const smallSize = 8 * 1024;
/** Limit on the peak of resident memory, in MB. */
const megabytes = 200;

const yardstick = 'tar, gzip -6, sha256sum';

/** A stemcell of 2 GB, from its folder and from its tarball, beside what a shell does with the folder. */
export async function stemcell({ executable }: Pick<Setting, 'executable'>): Promise<Section> {
  const folder = mkdtempSync(join(tmpdir(), 'stemcell-bench-'));
  const registry = hasDockerRegistry() ? await startDockerRegistry(join(folder, 'registry')) : undefined;
  const host = registry?.host ?? 'registry.invalid';
  const env = [`PATH=${process.env.PATH}`, 'HOME=/nonexistent'];
  const command = (name: string, expect: string, ...args: readonly string[]): Contestant => {
    return { name, argv: [executable, 'stemcell', ...args], env, expect };
  };
  try {
    const root = join(folder, 'root');
    writeRoot(root, executable);
    const shell = `set -o pipefail; tar -C ${root} -c . | gzip -6 | tee ${folder}/image | sha256sum`;
    const samples = [...(await race(1, [{ name: yardstick, argv: ['bash', '-c', shell], env, expect: '-' }], 0))];
    const image = ['--image', `${host}/bench`];
    const facts = ['--os', 'bench', '--version', '1'];
    const [ofFolder, ofStemcell] = [join(folder, 'of-folder'), join(folder, 'of-stemcell')];
    const from = await writeStemcell(folder);
    const contestants = [
      command('build, folder', 'light stemcell', 'build', '--from', root, ...facts, ...image, '--output', ofFolder),
      command('build, stemcell', 'light stemcell', 'build', '--from', from, ...image, '--output', ofStemcell),
      ...(registry === undefined ? [] : [command('push', '@sha256', 'push', ofStemcell, '--ca', registry.ca)]),
    ];
    samples.push(...(await race(1, contestants, 0)));
    const clock = (name: string) => samples.find((sample) => sample.name === name)?.wallMs ?? Number.NaN;
    const ratio = (name: string) => {
      const times = clock(name) / clock(yardstick);
      return { name: `${name} / ${yardstick}, clock`, unit: 'x', median: times, limit: 1.5 } as const;
    };
    return {
      name: 'A stemcell of 2 GB',
      about: `Each once: a root file system of programs and ${smallFiles} small files, as a folder and as a stemcell tarball. The registry is Debian's docker-registry with TLS on loopback.`,
      figures: [
        ...processFigures(yardstick, samples),
        ...contestants.flatMap(({ name }) => processFigures(name, samples, { megabytes })),
        ratio('build, folder'),
        ratio('build, stemcell'),
      ],
    };
  } finally {
    registry?.stop();
    rmSync(folder, { recursive: true });
  }
}

/** Programs and pieces of them: what a root file system is mostly made of, and as compressible. */
function writeRoot(root: string, program: string): void {
  const agent = join(root, 'var/vcap/bosh/bin');
  mkdirSync(agent, { recursive: true });
  writeFileSync(join(agent, 'bosh-agent'), '');
  const bytes = readFileSync(program);
  for (let index = 0; index < smallFiles; index++) {
    const folder = join(root, 'small', String(index % 100));
    mkdirSync(folder, { recursive: true });
    const at = (index * 4099) % (bytes.length - smallSize);
    writeFileSync(join(folder, `file-${index}`), bytes.subarray(at, at + smallSize));
  }
  const copies = Math.ceil((size - smallFiles * smallSize) / bytes.length);
  for (let index = 0; index < copies; index++) copyFileSync(program, join(root, `program-${index}`));
}

/** Makes a stemcell tarball of the `image` in the folder. */
async function writeStemcell(folder: string): Promise<string> {
  const sha1 = createHash('sha1');
  for await (const chunk of createReadStream(join(folder, 'image'))) sha1.update(chunk as Buffer);
  const manifest = `name: bench\nversion: '1'\napi_version: 3\nsha1: ${sha1.digest('hex')}\noperating_system: bench\n`;
  writeFileSync(join(folder, 'stemcell.MF'), manifest);
  const path = join(folder, 'stemcell.tgz');
  await run('tar', ['-C', folder, '-czf', path, 'stemcell.MF', 'image']);
  return path;
}

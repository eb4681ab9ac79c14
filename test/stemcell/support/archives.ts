import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';

/** An entry as tar-stream writes it; a file has its bytes. */
export type Entry = Partial<Header> & { readonly name: string; readonly content?: string | Buffer };

/** What makes a root file system a stemcell's. */
export const agent: Entry = { name: './var/vcap/bosh/bin/bosh-agent', content: 'the agent', mode: 0o755 };

/** A tar of entries. */
export async function tar(entries: readonly Entry[]): Promise<Buffer> {
  const archive = pack();
  for (const { content, ...header } of entries) {
    archive.entry({ mtime: new Date(0), uid: 1000, ...header }, content ?? '');
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The root file system of a small warden stemcell, uncompressed: dev with its nodes, links and all. */
export function rootTar(...more: readonly Entry[]): Promise<Buffer> {
  return tar([
    { name: './', type: 'directory' },
    { name: './dev/', type: 'directory' },
    { name: './dev/null', type: 'character-device', devmajor: 1, devminor: 3 },
    { name: './etc/', type: 'directory' },
    { name: './etc/mtab', type: 'symlink', linkname: '/proc/mounts' },
    { name: './etc/passwd', content: 'root:x:0:0:root:/root:/bin/bash\n' },
    { name: './usr/bin/perl', content: Buffer.alloc(200_000, 'perl') },
    { name: './usr/bin/perl5.38', type: 'link', linkname: './usr/bin/perl' },
    agent,
    ...more,
  ]);
}

/** A stemcell.MF as stemcells for warden have it. */
export function wardenManifest(image: Buffer, change: (text: string) => string = (text) => text): string {
  return change(`---
name: bosh-warden-boshlite-ubuntu-noble
version: '1.484'
bosh_protocol: 1
api_version: 3
sha1: ${createHash('sha1').update(image).digest('hex')}
operating_system: ubuntu-noble
stemcell_formats:
- warden-tar
cloud_properties:
  name: bosh-warden-boshlite-ubuntu-noble
  version: '1.484'
  infrastructure: warden
  hypervisor: boshlite
  os_distro: ubuntu
  architecture: x86_64
`);
}

/** Writes a stemcell tarball for warden and returns its path. */
export async function wardenStemcell(
  folder: string,
  options: { readonly image?: Buffer; readonly manifest?: string; readonly entries?: readonly Entry[] } = {},
): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'warden.tgz');
  const image = options.image ?? gzipSync(await rootTar());
  const entries = options.entries ?? [
    { name: 'stemcell.MF', content: options.manifest ?? wardenManifest(image) },
    { name: 'packages.txt', content: 'perl' },
    { name: 'image', content: image },
  ];
  writeFileSync(path, gzipSync(await tar(entries)));
  return path;
}

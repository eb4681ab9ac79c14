import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { checkRoot } from '../../src/stemcell/image/root-check.ts';
import { agent, type Entry, rootTar, tar } from './support/archives.ts';

async function check(archive: Buffer, size = archive.length): Promise<void> {
  const root = checkRoot();
  for (let at = 0; at < archive.length; at += size) await root.write(archive.subarray(at, at + size));
  await root.end();
}

async function refused(t: ExecutionContext, entry: Entry, why: RegExp): Promise<void> {
  await t.throwsAsync(async () => check(await rootTar(entry)), { message: why });
}

test('a stemcell passes: device nodes in dev, absolute symbolic links and hard links are what stemcells have', async (t) => {
  await t.notThrowsAsync(async () => check(await rootTar()));
});

test('refused: names that lead out of the root', async (t) => {
  await refused(t, { name: '../etc/cron.d/x', content: 'x' }, /"\.\.\/etc\/cron\.d\/x": leads out of the root/);
  await refused(t, { name: './usr/../../x', content: 'x' }, /leads out/);
  await refused(t, { name: '/etc/passwd', content: 'x' }, /an absolute name; make the tar with tar -C ROOT -c \./);
  await refused(t, { name: 'x', type: 'link', linkname: '../../etc/shadow' }, /hard link "x" to .*leads out/);
  await refused(t, { name: 'x', type: 'link', linkname: '/etc/shadow' }, /hard link "x" to .*absolute/);
  const long = `${'a/'.repeat(80)}../${'../'.repeat(81)}x`;
  await refused(t, { name: 'short', content: 'x', pax: { path: long } }, /leads out/);
});

test('refused: a file written through a symbolic link of the archive', async (t) => {
  const link: Entry = { name: './srv', type: 'symlink', linkname: '/etc' };
  await t.throwsAsync(async () => check(await rootTar(link, { name: './srv/passwd', content: 'x' })), {
    message: /lies below a symbolic link/,
  });
  const other: Entry = { name: './other', type: 'link', linkname: './srv' };
  await t.throwsAsync(async () => check(await rootTar(link, other, { name: './other/passwd', content: 'x' })), {
    message: /lies below a symbolic link/,
  });
});

test('refused: devices outside of dev', async (t) => {
  await refused(
    t,
    { name: './srv/sda', type: 'block-device', devmajor: 8 },
    /"\.\/srv\/sda" is a device outside of dev/,
  );
});

test('refused: a name that an image reads as a removal', async (t) => {
  await refused(t, { name: './etc/.wh.passwd', content: '' }, /means a removal in an image/);
});

test('refused: sparse files, as GNU tar writes them in both of its formats', async (t) => {
  await refused(t, { name: 'x', content: 'x', pax: { 'GNU.sparse.major': '1' } }, /without --sparse/);
  const archive = await rootTar({ name: 'last', content: '' });
  const at = archive.indexOf('last');
  archive.write('S', at + 156);
  sign(archive, at);
  await t.throwsAsync(() => check(archive), { message: /"last" is of a kind that images do not have/ });
});

test('refused: what has no agent, since its top is not the root or it is no stemcell', async (t) => {
  const inFolder = await tar([{ ...agent, name: `rootfs/${agent.name.slice(2)}` }]);
  await t.throwsAsync(() => check(inFolder), { message: /has no var\/vcap\/bosh\/bin\/bosh-agent.*tar -C ROOT/ });
});

test('refused: an archive cut off anywhere, also between two entries', async (t) => {
  const archive = await rootTar();
  for (const size of [archive.length - 1024, archive.length - 2048, 700, 512, 100, 0]) {
    await t.throwsAsync(() => check(archive.subarray(0, size)), { message: /no whole tar/ }, `${size} bytes`);
  }
});

test('refused: a damaged header', async (t) => {
  const archive = await rootTar();
  archive[archive.indexOf('./etc/passwd') + 5] = 0x58;
  await t.throwsAsync(() => check(archive), { message: /no whole tar: Invalid tar header/ });
});

const part = fc
  .stringMatching(/^[^/\0]{1,60}$/)
  .filter((text) => !/^\.{1,2}$|^\.wh\./.test(text) && text.isWellFormed());
const path = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/'));

test('any names pass, however long and in whatever form they are written', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(path, { maxLength: 8 }),
      fc.boolean(),
      fc.integer({ min: 1, max: 4000 }),
      async (names, gnu, size) => {
        const entries = names.map((name) => ({ name, content: name }));
        const archive = Buffer.concat([
          gnu ? gnuTar(entries) : Buffer.alloc(0),
          await tar(gnu ? [agent] : [...entries, agent]),
        ]);
        await t.notThrowsAsync(() => check(archive, size));
      },
    ),
    { numRuns: 60 },
  );
});

test('a way out of the root is found among any names, however it is written', async (t) => {
  await fc.assert(
    fc.asyncProperty(path, path, fc.boolean(), async (before, after, gnu) => {
      const depth = before.split('/').length + 1;
      const bad = { name: `${before}/${'../'.repeat(depth)}${after}`, content: 'x' };
      const archive = Buffer.concat([gnu ? gnuTar([bad]) : Buffer.alloc(0), await tar(gnu ? [agent] : [bad, agent])]);
      await t.throwsAsync(() => check(archive), { message: /leads out of the root/ });
    }),
    { numRuns: 40 },
  );
});

/** Entries in GNU's format: a name goes before its entry in one of type L. Without the end of the archive. */
function gnuTar(entries: readonly { name: string; content: string }[]): Buffer {
  return Buffer.concat(
    entries.flatMap(({ name, content }) => [
      block('././@LongLink', 'L', Buffer.from(`${name}\0`)),
      block('short', '0', Buffer.from(content)),
    ]),
  );
}

function block(name: string, type: string, content: Buffer): Buffer {
  const header = Buffer.alloc(512);
  header.write(name);
  header.write('0000644\0' + '0000000\0' + '0000000\0', 100);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write(type, 156);
  header.write('ustar  \0', 257);
  sign(header, 0);
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

/** Writes the checksum of the header that begins there. */
function sign(archive: Buffer, at: number): void {
  archive.write('        ', at + 148);
  const sum = archive.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
  archive.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148);
}

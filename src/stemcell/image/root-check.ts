import { type Extract, extract, type Header } from 'tar-stream';

/** What every stemcell has, and nothing else: says that a tar holds a root file system, and where its top is. */
const agent = 'var/vcap/bosh/bin/bosh-agent';

/** Looks at a root file system's tar while it passes. */
export interface RootCheck {
  /** Takes the next bytes. @throws Error that names the entry and the remedy */
  readonly write: (chunk: Buffer) => Promise<void>;
  /** All was written. @throws Error when the archive is cut off, or is no stemcell's */
  readonly end: () => Promise<void>;
}

/** Starts to look at a tar that will be a layer: every name stays below its root, and every kind of entry is one that a container runtime unpacks. */
export function checkRoot(): RootCheck {
  const links = new Set<string>();
  const parser = extract();
  let failure: Error | undefined;
  let hasAgent = false;
  let tail: Buffer = Buffer.alloc(0);
  parser.on('error', (error) => {
    failure ??= new Error(`the root file system is no whole tar: ${error.message}`);
  });
  parser.on('entry', (entry, body, next) => {
    // ends with the parser, which tells why
    body.on('error', () => undefined);
    try {
      const name = checkEntry(entry, links);
      if (name === agent) hasAgent = true;
    } catch (error) {
      failure ??= error as Error;
      parser.destroy(failure);
      return;
    }
    body.on('end', next);
    body.resume();
  });
  return {
    async write(chunk) {
      tail = chunk.length >= endSize ? chunk.subarray(-endSize) : Buffer.concat([tail, chunk]).subarray(-endSize);
      if (failure === undefined && !parser.write(chunk)) await settled(parser, 'drain');
      if (failure !== undefined) throw failure;
    },
    async end() {
      const ended = settled(parser, 'finish');
      parser.end(null);
      await ended;
      if (failure !== undefined) throw failure;
      // GNU tar and POSIX end an archive with two blocks of zeros: without them it was cut off between two entries
      if (tail.length < endSize || tail.some((byte) => byte !== 0)) {
        throw new Error('the root file system is no whole tar: its end is missing, fetch or make it anew');
      }
      if (!hasAgent) {
        throw new Error(
          `the root file system has no ${agent}: either it is no stemcell's, or its top is not the tar's (tar -C ROOT -c .)`,
        );
      }
    },
  };
}

const endSize = 1024;

/** Waits for the event, or until the parser is done with for good. */
function settled(parser: Extract, event: 'drain' | 'finish'): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      parser.off(event, done);
      parser.off('close', done);
      resolve();
    };
    parser.on(event, done);
    parser.on('close', done);
    if (parser.destroyed) done();
  });
}

/** @returns the entry's name below the root */
function checkEntry(entry: Header, links: Set<string>): string {
  const { type, linkname, pax } = entry;
  const shown = JSON.stringify(entry.name);
  const name = entryName(entry.name);
  const parts = name.split('/');
  for (let depth = 1; depth < parts.length; depth++) {
    if (links.has(parts.slice(0, depth).join('/'))) {
      throw new Error(`entry ${shown} lies below a symbolic link of the same archive: make the tar from a folder`);
    }
  }
  if (parts.at(-1)?.startsWith('.wh.')) {
    throw new Error(`entry ${shown}: a name that begins with .wh. means a removal in an image; rename the file`);
  }
  if (Object.keys(pax ?? {}).some((key) => key.startsWith('GNU.sparse.'))) throw sparse(shown);
  switch (type) {
    case 'file':
    case 'directory':
    case 'fifo':
      return name;
    case 'symlink':
      links.add(name);
      return name;
    case 'link':
      // another name of a symbolic link is one as well
      if (links.has(entryName(linkname, `hard link ${shown} to `))) links.add(name);
      return name;
    case 'character-device':
    case 'block-device':
      // a runtime mounts its own /dev over these
      if (parts.length > 1 && parts[0] === 'dev') return name;
      throw new Error(
        `entry ${shown} is a device outside of dev: remove it, a machine has only the devices of its node`,
      );
    default:
      throw sparse(shown);
  }
}

function sparse(shown: string): Error {
  return new Error(
    `entry ${shown} is of a kind that images do not have (sparse, multi-volume): tar it without --sparse`,
  );
}

/** The name without `./`, when it stays below the root. Symbolic links may point anywhere: they are read inside the machine, where its root is `/`. */
function entryName(name: string, what = 'entry '): string {
  const shown = JSON.stringify(name);
  if (name === '' || name.includes('\0')) throw new Error(`${what}${shown}: no name of a file`);
  if (name.startsWith('/')) throw new Error(`${what}${shown}: an absolute name; make the tar with tar -C ROOT -c .`);
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..'))
    throw new Error(`${what}${shown}: leads out of the root; make the tar with tar -C ROOT -c .`);
  return parts.join('/');
}

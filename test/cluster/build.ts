import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError, run } from './command.ts';
import { exclusively } from './lock.ts';
import { cacheFolder } from './paths.ts';

const module = import.meta.dirname;
const version = 'v1.34.4';

/** The commands the binary answers to. */
const commands = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kube-proxy',
  'kubelet',
  'kubectl',
];

/** kwok and the stages through which it takes nodes and pods. */
export interface Kwok {
  readonly binary: string;
  readonly stages: string;
}

export type Progress = (message: string) => void;

/** A digest of every file of the module Go would read, so that a changed module is another build. */
function keyOf(folder: string): string {
  const hash = createHash('sha256').update(version);
  for (const file of globSync(['go.mod', 'go.sum', '*.go', '*/*.go'], { cwd: folder }).sort()) {
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(folder, file)))
      .update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

function linkerFlags(): string {
  const variable = 'k8s.io/component-base/version';
  const [major, minor] = version.slice(1).split('.');
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor, gitCommit: 'test', gitTreeState: 'clean' };
  return ['-s -w', ...Object.entries(values).map(([name, value]) => `-X ${variable}.${name}=${value}`)].join(' ');
}

/** What `go build -v` compiles, a package a line, as a count that moves now and then. */
function countPackages(progress: Progress, what: string): (text: string) => void {
  let count = 0;
  let said = Date.now();
  return (text) => {
    count += text.split('\n').length - 1;
    if (Date.now() - said < 5000) return;
    said = Date.now();
    progress(`${what}: ${count} packages compiled or downloaded`);
  };
}

/** @throws CommandError that says what to install when there is no Go */
async function goBuild(folder: string, args: readonly string[], progress: Progress, what: string): Promise<void> {
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly -buildvcs=false', GOWORK: 'off' };
  try {
    await run('go', ['build', '-v', '-trimpath', ...args], {
      cwd: folder,
      env,
      onStderr: countPackages(progress, what),
    });
  } catch (error) {
    if (error instanceof CommandError && error.message.includes('ENOENT')) {
      throw new CommandError(
        'a test cluster needs Go 1.26 or newer, or KUBEBUILDER_ASSETS, or a cluster named by --kubeconfig',
      );
    }
    throw error;
  }
}

/**
 * Runs a build unless its folder is there. It goes into a temporary folder that is renamed at the end, so that an
 * interrupted build leaves nothing that looks finished; a second caller waits for the first instead of compiling too.
 */
async function once(name: string, progress: Progress, build: (partial: string) => Promise<void>): Promise<string> {
  const folder = join(cacheFolder(), name);
  if (existsSync(folder)) return folder;
  const waiting = (pid: string): void => progress(`process ${pid} builds ${name} already: waiting for it`);
  return exclusively(
    name,
    async () => {
      if (existsSync(folder)) return folder;
      const partial = `${folder}.partial`;
      rmSync(partial, { recursive: true, force: true });
      mkdirSync(partial);
      try {
        await build(partial);
        renameSync(partial, folder);
      } finally {
        rmSync(partial, { recursive: true, force: true });
      }
      return folder;
    },
    waiting,
  );
}

/**
 * Kubernetes out of Go modules: one binary under all its names, and `pause` beside it. Takes 6 to 12 minutes on two
 * cores the first time and no time afterwards.
 * @returns the folder with the executables
 */
export function buildKubernetes(progress: Progress): Promise<string> {
  return once(`kubernetes-${version}-${keyOf(module)}`, progress, async (folder) => {
    progress(`building Kubernetes ${version}: several minutes the first time, kept in ${cacheFolder()}`);
    const small = ['pause', 'workload'];
    for (const name of small) {
      await goBuild(module, ['-ldflags', '-s -w', '-o', join(folder, name), `./${name}`], progress, name);
    }
    await goBuild(module, ['-ldflags', linkerFlags(), '-o', join(folder, 'kubernetes'), '.'], progress, 'kubernetes');
    for (const name of commands) symlinkSync('kubernetes', join(folder, name));
  });
}

/** kwok, a kubelet for nodes that do not exist, with the folder of its module's stages. Built when first asked for. */
export async function buildKwok(progress: Progress): Promise<Kwok> {
  const folder = join(module, 'kwok');
  const built = await once(`kwok-${keyOf(folder)}`, progress, async (partial) => {
    progress('building kwok');
    await goBuild(
      folder,
      ['-ldflags', '-s -w', '-o', join(partial, 'kwok'), 'sigs.k8s.io/kwok/cmd/kwok'],
      progress,
      'kwok',
    );
    const source = (await run('go', ['list', '-m', '-f', '{{.Dir}}', 'sigs.k8s.io/kwok'], { cwd: folder })).trim();
    await run('cp', ['-r', '--no-preserve=mode', join(source, 'kustomize', 'stage'), join(partial, 'stage')]);
  });
  return { binary: join(built, 'kwok'), stages: join(built, 'stage') };
}

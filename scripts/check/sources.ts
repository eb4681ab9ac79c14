import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A Go module of the project. */
export interface GoModule {
  readonly folder: string;
  /** Its Go files, relative to the folder. */
  readonly files: readonly string[];
  /** Whether vetting it is cheap: vetting what imports Kubernetes compiles Kubernetes. */
  readonly vet: boolean;
}

/** Every file of the project that git tracks or would track, relative to its folder. */
function projectFiles(root: string): readonly string[] {
  const listed = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '-z', '--deduplicate'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  const deleted = execFileSync('git', ['ls-files', '--deleted', '-z'], { cwd: root, encoding: 'utf8' }).split('\0');
  return listed.split('\0').filter((file) => file !== '' && !deleted.includes(file));
}

/** The scripts that a shell runs: by their first line, since those for machines have no suffix. */
export function shellScripts(root: string): readonly string[] {
  return projectFiles(root).filter((file) => {
    if (/\.sh$/.test(file)) return true;
    return !/\.\w+$/.test(file) && /^#!.*\b(ba)?sh\b/.test(firstLine(join(root, file)));
  });
}

/** The Go modules of the project. */
export function goModules(root: string): readonly GoModule[] {
  const files = projectFiles(root);
  const folders = files.filter((file) => /(^|\/)go\.mod$/.test(file)).map(dirname);
  return folders.map((folder) => ({
    folder: join(root, folder),
    files: files
      .filter((file) => file.endsWith('.go') && nearest(folders, file) === folder)
      .map((file) => file.slice(folder.length + 1)),
    vet: !/\b(k8s|sigs\.k8s)\.io\//.test(readFileSync(join(root, folder, 'go.mod'), 'utf8')),
  }));
}

function nearest(folders: readonly string[], file: string): string | undefined {
  const above = folders.filter((folder) => file.startsWith(`${folder}/`));
  return above.sort((a, b) => b.length - a.length)[0];
}

function firstLine(path: string): string {
  return readFileSync(path, 'latin1').split('\n', 1)[0] ?? '';
}

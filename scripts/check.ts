/** `npm run check`: everything that can be said of the sources without running them. Ends with 1 when anything is wrong. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { importChecks } from './check/imports.ts';
import { goModules, shellScripts } from './check/sources.ts';
import { root } from './root.ts';

/** What a check has to say: nothing wrong, what is wrong, or why it could not look. */
type Verdict = { readonly state: 'passed' | 'failed' | 'skipped'; readonly text: string };

const passed: Verdict = { state: 'passed', text: '' };

const checks: readonly (readonly [name: string, run: () => Verdict])[] = [
  ['format and lint (biome)', () => run('biome', ['check', '--error-on-warnings'])],
  ['types (tsc)', () => run('tsc', ['-p', '.'])],
  ['dead code and dependencies (knip)', () => run('knip', ['--no-progress'])],
  ['imports', () => problems(importChecks(root))],
  ['shell scripts (shellcheck)', () => ifPresent('shellcheck', ['--version'], shellcheck)],
  ['Go modules (gofmt, go vet)', () => ifPresent('go', ['version'], goVet)],
];

function run(program: string, args: readonly string[], folder = root): Verdict {
  const local = join(root, 'node_modules/.bin', program);
  const { status, stdout, stderr, error } = spawnSync(existsSync(local) ? local : program, args, {
    cwd: folder,
    encoding: 'utf8',
  });
  if (error !== undefined) return { state: 'failed', text: error.message };
  return status === 0 ? passed : { state: 'failed', text: `${stdout}${stderr}`.trim() };
}

function problems(found: readonly string[]): Verdict {
  return found.length === 0 ? passed : { state: 'failed', text: found.join('\n') };
}

/** Runs a check whose program is no package of npm, so that a machine with only Node says it was skipped. */
function ifPresent(program: string, probe: readonly string[], check: () => Verdict): Verdict {
  if (spawnSync(program, probe).status === 0) return check();
  return { state: 'skipped', text: `${program} is not installed` };
}

function shellcheck(): Verdict {
  return run('shellcheck', ['--external-sources', ...shellScripts(root)]);
}

function goVet(): Verdict {
  for (const { folder, files, vet } of goModules(root)) {
    const unformatted = spawnSync('gofmt', ['-l', ...files], { cwd: folder, encoding: 'utf8' });
    if (unformatted.stdout !== '') return { state: 'failed', text: `gofmt would change ${unformatted.stdout}` };
    const verdict = vet ? run('go', ['vet', './...'], folder) : passed;
    if (verdict.state !== 'passed') return verdict;
  }
  return passed;
}

const verdicts = checks.map(([name, check]) => {
  const started = performance.now();
  const verdict = check();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `${verdict.state.padEnd(7)} ${name}${verdict.state === 'skipped' ? `: ${verdict.text}` : ` (${seconds} s)`}`,
  );
  if (verdict.state === 'failed') console.log(verdict.text.replace(/^/gm, '        '));
  return verdict;
});
const failures = verdicts.filter(({ state }) => state === 'failed').length;
console.log(failures === 0 ? '\nNothing to object.' : `\n${failures} of ${verdicts.length} checks failed.`);
process.exitCode = failures === 0 ? 0 : 1;

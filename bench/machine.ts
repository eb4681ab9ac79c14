import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { root } from '../scripts/root.ts';

/** What the figures were measured on and with, a line each. */
export function describeMachine(): readonly string[] {
  const [cpu] = cpus();
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  return [
    `${new Date().toISOString().slice(0, 16)}Z at ${output('git', ['rev-parse', '--short', 'HEAD'])}`,
    `${cpus().length} cores (${cpu?.model ?? 'unknown'}), ${memory}, ${process.platform} ${release()}, load ${loadavg()[0]?.toFixed(1)} at the start`,
    `Bun ${version('bun')}, Node ${process.versions.node}, ${output('go', ['version']).replace('go version ', '')}, client-go ${clientGo()}`,
  ];
}

function version(name: string): string {
  return (JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')) as { version: string })
    .version;
}

function clientGo(): string {
  return /client-go (\S+)/.exec(readFileSync(join(root, 'bench/client-go/go.mod'), 'utf8'))?.[1] ?? 'unknown';
}

function output(program: string, args: readonly string[]): string {
  return execFileSync(program, args, { cwd: root, encoding: 'utf8' }).trim();
}

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Kubeconfig } from '../../support/kubeconfig.ts';
import { shipped } from '../../support/program.ts';

/** An operator's home, from which commands are run without a terminal. */
export interface Desk {
  readonly auditPath: string;
  readonly configurationPath: string;
  /** @param env more of the environment */
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Command>;
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
}

export interface Command {
  readonly ended: Promise<Ended>;
  kill(): Promise<void>;
}

export interface Ended {
  /** Null when it was killed. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function createDesk(t: ExecutionContext, kubeconfig: Kubeconfig): Desk {
  const home = mkdtempSync(join(tmpdir(), 'desk-'));
  t.teardown(() => rmSync(home, { recursive: true }));
  const path = join(home, 'kubeconfig');
  writeFileSync(path, JSON.stringify(kubeconfig));

  async function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Command> {
    const [command = '', ...first] = await shipped.command();
    const child = spawn(command, [...first, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, HOME: home, KUBECONFIG: path, ...env },
    });
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        said[name] += chunk;
      });
    }
    const closed = new Promise<number | null>((resolve, reject) => {
      child.on('error', reject).on('close', resolve);
    });
    return {
      ended: closed.then((status) => ({ status, ...said })),
      async kill() {
        child.kill('SIGKILL');
        await closed;
      },
    };
  }

  return {
    auditPath: join(home, '.local/state/kubernetes-cpi/audit.jsonl'),
    configurationPath: join(home, '.config/kubernetes-cpi/config.yml'),
    start,
    run: async (args, env) => await (await start(args, env)).ended,
  };
}

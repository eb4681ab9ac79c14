import { spawn } from 'node:child_process';
import type { Setting } from './setting.ts';

/** One finished call. */
export interface Answer {
  readonly result: unknown;
  readonly error: { readonly type: string; readonly message: string } | null;
  readonly wallMs: number;
}

/** The request text that a Director sends. */
export function request(method: string, args: readonly unknown[]): string {
  const context = { director_uuid: 'bench', request_id: 'cpi-1' };
  return JSON.stringify({ method, arguments: args, context, api_version: 2 });
}

/** Runs the executable once, with an empty environment as a Director does. */
export async function call(setting: Setting, method: string, args: readonly unknown[]): Promise<Answer> {
  const started = performance.now();
  const child = spawn(setting.executable, ['cpi', '--config', setting.config], {
    env: {},
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.resume();
  child.stdin.end(request(method, args));
  await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  const wallMs = performance.now() - started;
  const { result, error } = JSON.parse(output) as Pick<Answer, 'result' | 'error'>;
  return { result, error, wallMs };
}

/** The same; an error of the CPI is thrown. */
export async function mustCall(setting: Setting, method: string, args: readonly unknown[]): Promise<Answer> {
  const answer = await call(setting, method, args);
  if (answer.error !== null) throw new Error(`${method}: ${answer.error.type}: ${answer.error.message}`);
  return answer;
}

/** The arguments of create_vm for a small machine on a dynamic network. */
export function machineArguments(agentId: string, disks: readonly string[] = []): readonly unknown[] {
  const network = { type: 'dynamic', cloud_properties: {}, dns: ['8.8.8.8'], default: ['dns', 'gateway'] };
  return [agentId, 'test.local/stemcell:1', {}, { default: network }, disks, { bosh: { group: 'bench' } }];
}

/** Creates a small machine. */
export async function createMachine(setting: Setting, agentId: string): Promise<{ vm: string; wallMs: number }> {
  const answer = await mustCall(setting, 'create_vm', machineArguments(agentId));
  return { vm: vmOf(answer), wallMs: answer.wallMs };
}

/** The VM's CID in an answer of create_vm, which has the networks after it. */
export function vmOf({ result }: Pick<Answer, 'result'>): string {
  return String(Array.isArray(result) ? result[0] : result);
}

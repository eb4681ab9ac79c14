import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/root.ts';
import { startKubelet } from '../../src/sandbox/controllers/kubelet/kubelet.ts';
import { mustCall } from '../calls.ts';
import type { Section } from '../report.ts';
import type { Setting } from '../setting.ts';

/** Milliseconds that one process of the Go peer takes for `info`, as a Director measured it. */
const peerMs = 49;
const step = 'deploy with a persistent disk';

/** Attaching a disk reads files of the machine's agent: the node has to be one that answers, which kwok's do not. */
const zone = 'bench';

interface Recorded {
  readonly step?: string;
  readonly request?: { readonly method: string; readonly arguments: readonly unknown[] };
  readonly response?: { readonly result: unknown };
}

/** A recorded deploy's calls in a row, with `info` before each as a Director sends it. */
export async function deploy(setting: Setting): Promise<Section> {
  const kubelet = await startKubelet(setting.admin, { name: 'bench', labels: { 'topology.kubernetes.io/zone': zone } });
  try {
    return await replay(setting);
  } finally {
    await kubelet.stop();
  }
}

async function replay(setting: Setting): Promise<Section> {
  const names = new Map<string, string>();
  let info = 0;
  let rest = 0;
  const calls = recorded();
  for (const { request, response } of calls) {
    if (request === undefined) continue;
    info += (await mustCall(setting, 'info', [])).wallMs;
    const { result, wallMs } = await mustCall(
      setting,
      request.method,
      ours(request.method, translate(request.arguments, names)),
    );
    rest += wallMs;
    const [theirs, own] = [response?.result, result].map((value) => (Array.isArray(value) ? value[0] : value));
    if (typeof theirs === 'string' && typeof own === 'string') names.set(theirs, own);
  }
  await removeAll(setting, names);
  return {
    name: 'A deploy',
    about: `The ${calls.length} calls of a recorded deploy (a machine with a persistent disk) in a row, \`info\` before each, on a node that says it runs pods. The peer's line is what ${2 * calls.length} starts of it take, without any work.`,
    figures: [
      { name: 'all info calls', unit: 'ms', median: info },
      { name: 'all other calls, waiting for Kubernetes included', unit: 'ms', median: rest },
      {
        name: `${2 * calls.length} starts of the peer, ${peerMs} ms each`,
        unit: 'ms',
        median: 2 * calls.length * peerMs,
      },
    ],
  };
}

/** The calls of the step, and of the stemcell before it. */
function recorded(): readonly Recorded[] {
  const lines = readFileSync(join(root, 'test/fixtures/director/cpi-calls.jsonl'), 'utf8').trim().split('\n');
  const entries = lines.map((line) => JSON.parse(line) as Recorded);
  const first = entries.findIndex((entry) => entry.step === step);
  const after = entries.findIndex((entry, index) => index > first && entry.step !== undefined);
  const stemcell = entries.filter(({ request }) => request?.method === 'create_stemcell').slice(0, 1);
  return [...stemcell, ...entries.slice(first + 1, after)].filter(
    ({ request }) => request !== undefined && request.method !== 'info',
  );
}

/** The recorded cloud properties are another CPI's; ours need none for a plain machine or disk. */
function ours(method: string, args: readonly unknown[]): readonly unknown[] {
  if (method === 'create_vm') return args.with(2, { availability_zone: zone });
  return method === 'create_disk' ? args.with(1, {}) : args;
}

/** The recorded names in a value, replaced by what this cluster calls the same thing. */
function translate<T>(value: T, names: ReadonlyMap<string, string>): T {
  let text = JSON.stringify(value);
  for (const [theirs, own] of names) text = text.replaceAll(JSON.stringify(theirs), JSON.stringify(own));
  return JSON.parse(text) as T;
}

async function removeAll(setting: Setting, names: ReadonlyMap<string, string>): Promise<void> {
  for (const [theirs, own] of names) if (theirs.startsWith('vm-')) await mustCall(setting, 'delete_vm', [own]);
  for (const [theirs, own] of names) if (theirs.startsWith('disk-')) await mustCall(setting, 'delete_disk', [own]);
}

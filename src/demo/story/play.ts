import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, connect } from '../../kubernetes/cluster.ts';
import { parseKubeconfig, targetOf } from '../../kubernetes/kubeconfig.ts';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import { callCpi } from './call-cpi.ts';
import { compareObjects, listObjects } from './objects.ts';
import { type Names, type Step, story } from './story.ts';
import { type Answer, showAnswer, showChanges, showEnd, showEvent, showOpening, showStep } from './terminal.ts';

/**
 * Plays one machine's life on an embedded cluster through the real CPI: each request, its answer, and the objects it made.
 * Sets exit status 1 when something of it was left or a call could not be made.
 */
export async function playStory(): Promise<void> {
  const sandbox = await startSandbox({ namespace: 'bosh', context: 'demo' });
  const cluster = connect(targetOf(await parseKubeconfig(sandbox.kubeconfig)));
  const folder = await mkdtemp(join(tmpdir(), 'kubernetes-cpi-demo-'));
  try {
    const config = join(folder, 'cpi.json');
    const settings = { kubeconfig: sandbox.kubeconfig, agent: { mbus: 'nats://10.96.0.10:4222' } };
    await writeFile(config, JSON.stringify(settings), { mode: 0o600 });
    // manifests/rbac.yml makes it in a real namespace
    await cluster.core.createNamespacedServiceAccount({ namespace: 'bosh', body: { metadata: { name: 'bosh-vm' } } });
    showOpening();
    const left = await play({ sandbox, cluster, config });
    showEnd(left);
    if (left > 0) process.exitCode = 1;
  } finally {
    cluster.close();
    await rm(folder, { recursive: true });
    await sandbox.stop();
  }
}

interface Stage {
  readonly sandbox: Sandbox;
  readonly cluster: Cluster;
  readonly config: string;
}

/** Plays every step. @returns how many objects are left */
async function play(stage: Stage): Promise<number> {
  let names: Names = {};
  let before = await listObjects(stage.cluster);
  for (const [index, step] of story.entries()) {
    const args = step.args(names);
    showStep(index + 1, story.length, step, args);
    if (step.agentWrites !== undefined) {
      stage.sandbox.plant(names.vm ?? '', step.agentWrites.path, step.agentWrites.content);
      showEvent('the Director has sent the agent its permanent NATS certificate');
    }
    if (step.killedHalfway) await callAndKill(stage, step, args);
    const answer = await callAndShow(stage, step, args);
    if ((answer.error !== null) !== (step.refused ?? false)) throw new Error(`${step.method} did not go as it must`);
    const cid = Array.isArray(answer.result) ? answer.result[0] : answer.result;
    if (step.learns !== undefined) names = { ...names, [step.learns]: String(cid) };
    const after = await listObjects(stage.cluster);
    showChanges(compareObjects(before, after));
    if (step.shows !== undefined) await showFile(stage, names.vm ?? '', step.shows);
    before = after;
  }
  return before.length;
}

async function callAndShow({ config }: Stage, step: Step, args: readonly unknown[]): Promise<Answer> {
  const started = performance.now();
  const text = await callCpi(config, request(step, args)).answer;
  const answer = JSON.parse(text) as Answer;
  showAnswer(answer, performance.now() - started);
  return answer;
}

/** Makes the call and kills its process as soon as it has made a pod. */
async function callAndKill({ cluster, config }: Stage, step: Step, args: readonly unknown[]): Promise<void> {
  const before = await countPods(cluster);
  const call = callCpi(config, request(step, args));
  while (call.process.exitCode === null && (await countPods(cluster)) === before) await sleep(2);
  call.process.kill('SIGKILL');
  await call.answer;
  showEvent('the CPI process was killed (SIGKILL): the disk is on its way, and nobody waits for it');
  showEvent('the record has it, so nothing is forgotten; the same call again:');
}

async function countPods(cluster: Cluster): Promise<number> {
  return (await listObjects(cluster)).filter(({ kind }) => kind === 'Pod').length;
}

function request(step: Step, args: readonly unknown[]): object {
  const context = { director_uuid: 'demo', request_id: 'cpi-000001' };
  return { method: step.method, arguments: args, context, ...(step.method !== 'info' && { api_version: 3 }) };
}

/** Shows a file that the record has for the machine. */
async function showFile({ cluster }: Stage, vm: string, key: string): Promise<void> {
  const secret = await cluster.core.readNamespacedSecret({ name: vm, namespace: cluster.namespace });
  const text = secret.data?.[key];
  const content = text === undefined ? 'is missing' : Buffer.from(text, 'base64').toString();
  showEvent(`${key} in the record: ${content}`);
}

import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import type { V1Service } from '@kubernetes/client-node/dist/gen/models/V1Service.js';
import type { ExecutionContext } from 'ava';
import { agentIdLabel } from '../../src/bosh/labels.ts';
import type { RepairName } from '../../src/drift/model.ts';
import { listIn } from '../support/objects.ts';
import { bosh, tryBosh } from './cli.ts';
import { ours as deployment } from './fixtures.ts';
import { asked, sh } from './machines.ts';
import { drift, ours } from './program.ts';
import { allRun, say, step, world } from './step.ts';
import { instance, instances, orphans, storeOf, until } from './view.ts';

const path = (kind: string, name: string) => `/api/v1/namespaces/${world.cluster.namespace}/${kind}/${name}`;

/** Holds that one thing is found, and mends it; both sides agree afterwards. */
async function mended(t: ExecutionContext, rule: string, repair: RepairName): Promise<void> {
  const found = await drift();
  t.deepEqual(
    found.map((finding) => finding.rule),
    [rule],
    JSON.stringify(found, undefined, 1),
  );
  const [finding] = found;
  say(`${finding?.title}: ${finding?.subject.label}: BOSH ${finding?.expected}, Kubernetes ${finding?.actual}`);
  await ours('repair', finding?.id ?? '', '--with', repair, '--yes');
  await agree(t);
}

/** Neither we nor the Director's own cloud-check find anything. */
async function agree(t: ExecutionContext): Promise<void> {
  await until('all run', 120, async () => (await instances(world.cluster)).every(({ state }) => state === 'running'));
  await allRun(t);
  t.deepEqual(await drift(), []);
  t.deepEqual((await tryBosh('-d', deployment, 'cloud-check', '--report')).rows, []);
}

/** Takes a pod away behind BOSH's back. */
async function deletePod(vm: string): Promise<V1Pod> {
  const { cluster } = world;
  const pod = await cluster.json<V1Pod>({ method: 'GET', path: path('pods', vm) });
  await cluster.json({ method: 'DELETE', path: path('pods', vm) });
  await until('the pod is gone', 90, async () => {
    const left = await listIn<V1Pod>(cluster, cluster.namespace, 'pods');
    return left.every(({ metadata }) => metadata?.name !== vm);
  });
  return pod;
}

/** What goes wrong behind the Director's back: found, told and mended by our own commands. */
export function drifting(): void {
  step('nothing has drifted after all that', async (t) => {
    await agree(t);
  });

  step(
    'a pod made again by somebody has another address: the Director does not see it, we do, and have it mended',
    async (t) => {
      const store = await instance(world.cluster, 'store');
      const { mark } = await storeOf(world.cluster, store.vm);
      const { metadata, spec } = await deletePod(store.vm);
      const { nodeName: _, ...placed } = spec ?? { containers: [] };
      const { name, labels, annotations, ownerReferences } = metadata ?? {};
      const body = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, labels, annotations, ownerReferences },
        spec: placed,
      };
      await world.cluster.json({ method: 'POST', path: path('pods', '').slice(0, -1), body });
      await until('it runs', 120, async () => (await instance(world.cluster, 'store')).machine.isReady);
      const moved = await instance(world.cluster, 'store');
      t.not(moved.machine.ip, store.machine.ip);
      t.deepEqual(moved.ips, [store.machine.ip], 'the Director believes in the old one');
      await mended(t, 'ip-differs', 'recreate-instance');
      const again = await instance(world.cluster, 'store');
      t.deepEqual(again.ips, [again.machine.ip]);
      t.is((await storeOf(world.cluster, again.vm)).mark, mark);
    },
  );

  step('a machine whose pod is gone is made anew by the Director, and keeps its address', async (t) => {
    const fixed = await instance(world.cluster, 'fixed', 1);
    await deletePod(fixed.vm);
    await mended(t, 'record-without-pod', 'resolve-problem');
    t.regex((await asked(world.files.addresses[1] ?? '')) ?? '', new RegExp(`^${fixed.name} `));
  });

  step('a Service that leads away leads to its machine again', async (t) => {
    const fixed = await instance(world.cluster, 'fixed');
    const services = await listIn<V1Service>(world.cluster, world.cluster.namespace, 'services');
    const service = services.find(({ metadata }) => metadata?.labels?.[agentIdLabel] === fixed.agent);
    const selector = { [agentIdLabel]: 'another' };
    await world.cluster.json({
      method: 'PATCH',
      path: path('services', service?.metadata?.name ?? ''),
      body: { spec: { selector } },
    });
    await until('nobody answers', 30, async () => (await asked(world.files.addresses[0] ?? '')) === undefined);
    await mended(t, 'service-selector', 'mend-service');
    t.regex((await asked(world.files.addresses[0] ?? '')) ?? '', new RegExp(`^${fixed.name} `));
  });

  step('an agent that hangs is started again', async (t) => {
    const store = await instance(world.cluster, 'store');
    await until('the machine is no newborn', 90, async () => Date.now() - (await madeAt(store.vm)) > 65_000);
    await sh(world.cluster, store.vm, 'pkill -STOP -x bosh-agent');
    await mended(t, 'agent-unresponsive', 'restart-agent');
    t.is((await instance(world.cluster, 'store')).machine.uid, store.machine.uid);
  });

  step('a disk that was orphaned while a machine has it comes back', async (t) => {
    const store = await instance(world.cluster, 'store');
    const { mark } = await storeOf(world.cluster, store.vm);
    const [disk = ''] = store.claims;
    await bosh('-d', deployment, 'stop', store.name);
    await bosh('orphan-disk', disk);
    const [finding, ...others] = await drift();
    t.deepEqual([finding?.rule, others], ['disk-orphaned-still-attached', []]);
    await ours('repair', finding?.id ?? '', '--with', 'reattach-disk', '--yes');
    await bosh('-d', deployment, 'start', store.name);
    await agree(t);
    t.is((await storeOf(world.cluster, (await instance(world.cluster, 'store')).vm)).mark, mark);
  });

  step('a disk is orphaned and reattached to another machine by our commands, its data with it', async (t) => {
    const [from, to] = [await instance(world.cluster, 'store'), await instance(world.cluster, 'store', 1)];
    const { mark } = await storeOf(world.cluster, from.vm);
    const [disk = ''] = from.claims;
    const refused = await ours('orphan', disk, '--yes').catch((error: Error) => error.message);
    t.regex(refused, /stop/, 'a running instance keeps its disk');
    await bosh('-d', deployment, 'stop', '--hard', from.name);
    await bosh('-d', deployment, 'stop', to.name);
    await ours('orphan', disk, '--yes');
    t.true((await orphans()).includes(disk));
    await ours('reattach', disk, `${deployment}/${to.name}`, '--yes');
    await bosh('-d', deployment, 'start', to.name);
    await bosh('-d', deployment, 'start', from.name);
    await agree(t);
    t.is((await storeOf(world.cluster, (await instance(world.cluster, 'store', 1)).vm)).mark, mark);
  });

  step('a claim that somebody deleted is found, and the Director told to do without it', async (t) => {
    const store = await instance(world.cluster, 'store', 1);
    const [disk = ''] = store.claims;
    await bosh('-d', deployment, 'stop', '--hard', store.name);
    await world.cluster.json({ method: 'DELETE', path: path('persistentvolumeclaims', disk) });
    const [finding, ...others] = await drift();
    t.deepEqual([finding?.rule, others], ['disk-missing', []]);
    await ours('repair', finding?.id ?? '', '--with', 'resolve-problem', '--yes');
    await bosh('-d', deployment, 'start', store.name);
    await agree(t);
    t.not((await instance(world.cluster, 'store', 1)).claims[0], disk);
  });
}

/** When a machine's pod was made, in milliseconds since 1970. */
async function madeAt(vm: string): Promise<number> {
  const { metadata } = await world.cluster.json<V1Pod>({ method: 'GET', path: path('pods', vm) });
  return Date.parse(String(metadata?.creationTimestamp));
}

import anyTest, { type TestFn } from 'ava';
import { exec } from '../../../src/kubernetes/exec.ts';
import { ask, perform } from './http.ts';
import { type ServedDirector, serveDirector } from './serve.ts';

interface FoundProblem {
  readonly id: number;
  readonly type: string;
  readonly data: object;
  readonly description: string;
  readonly resolutions: readonly { readonly name: string }[];
}

async function scan(served: ServedDirector): Promise<readonly FoundProblem[]> {
  const { state, result } = await perform(served, 'POST', '/deployments/shop/scans');
  if (state !== 'done') throw new Error(result);
  return JSON.parse((await ask(served, '/deployments/shop/problems')).body);
}

const resolve = (served: ServedDirector, id: number, name: string) =>
  perform(served, 'PUT', '/deployments/shop/problems', { resolutions: { [id]: name } });

const test = anyTest as TestFn<ServedDirector>;

test.before(async (t) => {
  t.context = await serveDirector();
});
test.after.always(async (t) => await t.context.stop());

async function remove({ cluster }: ServedDirector, kind: 'pods' | 'persistentvolumeclaims', name: string) {
  const path = `/api/v1/namespaces/bosh/${kind}/${name}`;
  await cluster.json({ method: 'DELETE', path, body: { gracePeriodSeconds: 0 } });
}

test.serial('a foundation that is well has no problems', async (t) => {
  t.deepEqual(await scan(t.context), []);
});

test.serial('a VM whose pod is gone is missing, and is made anew with its disk', async (t) => {
  const director = t.context;
  const { vm, disks } = director.instance('db/0');
  await remove(director, 'pods', vm?.cid ?? '');
  const [problem, ...others] = await scan(director);
  t.deepEqual(others, []);
  t.like(problem, { type: 'missing_vm', data: {} });
  t.deepEqual(
    problem?.resolutions.map(({ name }) => name),
    ['ignore', 'recreate_vm_without_wait', 'recreate_vm', 'delete_vm_reference'],
  );
  t.like(await resolve(director, problem?.id ?? 0, 'recreate_vm'), { state: 'done', result: '1 resolved' });
  const after = director.instance('db/0');
  t.not(after.vm?.cid, vm?.cid);
  t.is(after.disks[0]?.cid, disks[0]?.cid);
  t.deepEqual(await scan(director), []);
});

test.serial('an agent that is silent is found, and a reboot wakes it', async (t) => {
  const director = t.context;
  const { vm, id } = director.instance('web/1');
  director.agents.silence(vm?.cid ?? '');
  const [problem] = await scan(director);
  t.is(problem?.type, 'unresponsive_agent');
  t.is(problem?.description, `VM for 'web/${id} (1)' with cloud ID '${vm?.cid}' is not responding.`);
  const task = await perform(director, 'POST', `/deployments/shop/instance_groups/web/${id}/actions/restart`);
  t.is(task.state, 'error');
  t.regex(task.result, /^Timed out sending 'get_state' to instance: 'web\//);
  t.is((await resolve(director, problem?.id ?? 0, 'reboot_vm')).state, 'done');
  t.deepEqual(await scan(director), []);
  t.is(director.instance('web/1').vm?.cid, vm?.cid);
});

test.serial('a silent agent that has come back is left alone, and the task says so', async (t) => {
  const director = t.context;
  const { vm } = director.instance('web/1');
  director.agents.silence(vm?.cid ?? '');
  const [problem] = await scan(director);
  await director.director.backend.call('reboot_vm', vm?.cid);
  const { state, result } = await resolve(director, problem?.id ?? 0, 'delete_vm');
  t.is(state, 'error');
  t.regex(result, /Agent is responding now, skipping resolution/);
  t.is(director.instance('web/1').vm?.cid, vm?.cid);
});

test.serial('a disk that its machine has not mounted is a mismatch, and reattaching mends it', async (t) => {
  const director = t.context;
  const { vm, disks } = director.instance('db/1');
  const disk = disks[0]?.cid ?? '';
  await director.director.backend.call('detach_disk', vm?.cid, disk);
  const [problem] = await scan(director);
  t.like(problem, { type: 'mount_info_mismatch', data: { owner_vms: [] } });
  t.regex(problem?.description ?? '', /However it is currently :\n\tNot mounted in any VM$/);
  t.is((await resolve(director, problem?.id ?? 0, 'reattach_disk')).state, 'done');
  t.deepEqual(await scan(director), []);
});

test.serial('a pod that was deleted and made again has another address, and nothing of BOSH says so', async (t) => {
  const director = t.context;
  const { vm } = director.instance('web/0');
  const promised = vm?.ips;
  await remove(director, 'pods', vm?.cid ?? '');
  await director.director.backend.call('reboot_vm', vm?.cid);
  const { ips } = (await director.director.backend.ask(vm?.cid ?? '')) ?? {};
  t.notDeepEqual(ips, promised);
  t.deepEqual(await scan(director), []);
  const { id } = await perform(director, 'GET', '/deployments/shop/vms?format=full');
  const lines = (await ask(director, `/tasks/${id}/output?type=result`)).body.trim().split('\n');
  const told = lines.map((line) => JSON.parse(line)).find(({ vm_cid }) => vm_cid === vm?.cid);
  t.like(told, { ips: promised, job_state: 'running', processes: [] });
  const { id: web } = director.instance('web/0');
  await perform(director, 'PUT', `/deployments/shop/jobs/web/${web}?state=recreate`);
  const after = director.instance('web/0').vm;
  t.deepEqual((await director.director.backend.ask(after?.cid ?? ''))?.ips, after?.ips);
});

test.serial('an agent that is ended and started again answers, its machine goes on', async (t) => {
  const director = t.context;
  const vm = director.instance('web/1').vm?.cid ?? '';
  const before = await director.director.backend.ask(vm);
  director.agents.silence(vm);
  t.is(await director.director.backend.ask(vm), undefined);
  await exec(director.cluster, vm, 'bosh-job', ['pkill', '-KILL', '-o', '-x', 'bosh-agent']);
  t.deepEqual(await director.director.backend.ask(vm), before);
});

test.serial('an ignored instance is not looked at', async (t) => {
  const director = t.context;
  director.agents.silence(director.instance('web/0').vm?.cid ?? '');
  director.instance('web/0').ignore = true;
  t.deepEqual(await scan(director), []);
  director.instance('web/0').ignore = false;
  t.is((await scan(director)).length, 1);
  await director.director.backend.call('reboot_vm', director.instance('web/0').vm?.cid);
});

test.serial('a disk whose claim is gone is missing, and its reference can be given up', async (t) => {
  const director = t.context;
  const { vm, disks } = director.instance('db/1');
  const disk = disks[0]?.cid ?? '';
  await director.director.backend.call('detach_disk', vm?.cid, disk);
  await remove(director, 'persistentvolumeclaims', disk);
  const [problem, ...others] = await scan(director);
  t.deepEqual(others, []);
  t.is(problem?.type, 'missing_disk');
  t.is((await resolve(director, problem?.id ?? 0, 'delete_disk_reference')).state, 'done');
  t.deepEqual(director.instance('db/1').disks, []);
  t.true(director.director.orphans.has(disk));
});

import test from 'ava';
import { DirectorError } from '../../src/director/errors.ts';
import { connectTo, recorded, scripted, toTask } from './support/director.ts';

const db = '4a49dc7c-81f9-4f07-b20e-51ece70e9dc4';

test('info says who the Director is and who we are to it', async (t) => {
  const { target } = await scripted(t, {});
  t.deepEqual(await connectTo(t, target).info(), {
    name: 'lab',
    uuid: 'x',
    version: '280.1.0 (7d93b118)',
    user: 'admin',
    authentication: 'basic',
  });
});

test('deployments are read without what costs the Director more', async (t) => {
  const { target, requests } = await scripted(t, { 'GET /deployments': recorded('deployments-noconfigs') });
  t.deepEqual(await connectTo(t, target).deployments(), [{ name: 'hello', teams: [], locked: false }]);
  t.deepEqual(requests(), ['GET /deployments?exclude_configs=true&exclude_releases=true&exclude_stemcells=true']);
});

test('instances come with their promised address first, and without a VM after a hard stop', async (t) => {
  const { target } = await scripted(t, { 'GET /deployments/hello/instances': recorded('hardstop-instances') });
  const instances = await connectTo(t, target).instances('hello');
  t.like(instances[0], {
    deployment: 'hello',
    group: 'api',
    index: 1,
    zone: 'z1',
    cid: 'vm-ec09d5b7-8c34-4453-4df9-70bbfa586ed5',
    ips: ['10.96.50.11', '10.88.0.44'],
    vmCreated: Date.UTC(2026, 10, 23, 1, 36, 20),
    expectsVm: true,
  });
  t.deepEqual(instances[1], {
    deployment: 'hello',
    group: 'db',
    index: 0,
    id: db,
    zone: 'z1',
    agentId: undefined,
    cid: undefined,
    ips: [],
    vmCreated: undefined,
    expectsVm: false,
    scan: undefined,
  });
});

test('a scan is a task, and its result is read for what only agents know', async (t) => {
  const { target, requests } = await scripted(t, {
    'GET /deployments/hello/instances?format=full': toTask(67),
    'GET /tasks/67': recorded('vms-full-task'),
    'GET /tasks/30/output?type=result': recorded('manual-vms-full-result'),
    'GET /tasks/67/output?type=event': { status: 204 },
  });
  const scanned = await connectTo(t, target).scan('hello');
  t.is(scanned.length, 3);
  const { at, ...scan } = scanned.find(({ id }) => id === db)?.scan ?? { at: 0 };
  t.deepEqual(scan, {
    state: 'started',
    jobState: 'running',
    disks: ['disk-e2e7e030-1dca-4f8b-6611-fb1ea6bdb0d7'],
    ignored: false,
    stemcell: { name: 'lab-warden-noble', version: '1.0' },
    processes: [{ name: 'hello', state: 'running' }],
  });
  t.true(at > 0);
  t.deepEqual(requests(), [
    'GET /deployments/hello/instances?format=full',
    'GET /tasks/67',
    'GET /tasks/67/output?type=event',
    'GET /tasks/30/output?type=result',
  ]);
});

test('orphaned disks come with the instance they were taken from', async (t) => {
  const { target } = await scripted(t, {
    'GET /disks': recorded('disks-orphaned'),
    'GET /orphaned_vms': recorded('orphaned_vms'),
  });
  const client = connectTo(t, target);
  t.deepEqual((await client.orphanDisks())[0], {
    cid: 'disk-ed1ac371-c599-43f5-7c2a-549998d38f96',
    size: 128,
    deployment: 'hello',
    instance: 'hello/23f3dbce-3682-437f-b19e-3e1b4f9b11d6',
    orphaned: Date.UTC(2026, 10, 23, 1, 17, 10),
  });
  t.deepEqual(await client.orphanVms(), []);
});

test('problems come with what can be done about them', async (t) => {
  const { target } = await scripted(t, { 'GET /deployments/hello/problems': recorded('problems') });
  const [problem] = await connectTo(t, target).problems('hello');
  t.like(problem, { id: 1, type: 'missing_vm', group: 'hello' });
  t.deepEqual(problem?.resolutions[2], {
    name: 'recreate_vm',
    plan: 'Recreate VM and wait for processes to start',
  });
});

test('locks, stemcells and events', async (t) => {
  const { target } = await scripted(t, {
    'GET /locks': recorded('locks'),
    'GET /stemcells': recorded('stemcells'),
    'GET /events?deployment=hello': recorded('events'),
  });
  const client = connectTo(t, target);
  t.deepEqual(await client.locks(), []);
  t.like(await client.stemcells(), [{ name: 'lab-warden-noble', version: '1.0', os: 'ubuntu-noble' }]);
  const events = await client.events({ deployment: 'hello' });
  t.deepEqual(events[0], {
    id: '137',
    time: 1_795_396_080_000,
    user: 'admin',
    action: 'release',
    type: 'lock',
    name: 'lock:deployment:hello',
    error: undefined,
    task: '28',
    deployment: 'hello',
    instance: undefined,
  });
});

test('an error of the Director keeps its code and words', async (t) => {
  const { target } = await scripted(t, {});
  const error = await t.throwsAsync(connectTo(t, target).instances('none'), { instanceOf: DirectorError });
  t.like(error, { status: 404, code: 70_000, message: "Deployment 'none' doesn't exist" });
});

test('an error that is text alone keeps its first line', async (t) => {
  const { target } = await scripted(t, { 'GET /locks': recorded('networks') });
  await t.throwsAsync(connectTo(t, target).locks(), {
    message: `${target.url} answered 500 to GET /locks: listing active networks is not implemented`,
  });
});

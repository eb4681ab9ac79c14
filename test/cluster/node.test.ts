import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Cluster as Connection } from '../../src/kubernetes/cluster.ts';
import { importIntoCluster, startCluster, stopCluster } from './cluster.ts';
import { createImage } from './image.ts';
import { allNamespaces, differences, familyOf, lookAtMachine, namespacesOf } from './machine.ts';
import { controlGroupsOf } from './node.ts';
import { provisionerName } from './place.ts';
import { isRunning } from './process.ts';
import { type ClusterState, readState } from './state.ts';
import { waitFor } from './wait.ts';
import { createWorkspace } from './workspace.ts';

const isWanted = process.env.TEST_NODE !== undefined;
const run = isWanted ? test.serial : test.serial.skip;
const how = isWanted ? '' : ' (needs a node: npm test -- --node, as root)';

interface Claim {
  readonly status: {
    readonly phase: string;
    readonly capacity?: { readonly storage: string };
    readonly currentVolumeAttributesClassName?: string;
  };
}

interface Pod {
  readonly status: { readonly podIP?: string; readonly conditions?: readonly { type: string; status: string }[] };
}

/** The image of ./workload, which serves and fetches files. */
async function importWorkload(state: ClusterState): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'workload-'));
  const output = join(folder, 'image.tar');
  await createImage({
    name: 'test.local/workload:1',
    source: join(state.assets, 'workload'),
    output,
    entry: ['/workload'],
  });
  await importIntoCluster(state.name, output);
  rmSync(folder, { recursive: true });
}

function claim(name: string, more: object = {}): unknown {
  const resources = { requests: { storage: '64Mi' } };
  return { metadata: { name }, spec: { accessModes: ['ReadWriteOnce'], resources, ...more } };
}

function pod(name: string, volumes: readonly string[]): unknown {
  const container = {
    name,
    image: 'test.local/workload:1',
    args: [':8080', `/${volumes[0]}`],
    readinessProbe: { periodSeconds: 1, tcpSocket: { port: 8080 } },
    volumeMounts: volumes.map((volume) => ({ name: volume, mountPath: `/${volume}` })),
  };
  const sources = volumes.map((volume) => ({ name: volume, persistentVolumeClaim: { claimName: volume } }));
  const spec = { terminationGracePeriodSeconds: 1, containers: [container], volumes: sources };
  return { metadata: { name, labels: { app: name } }, spec };
}

async function ready(admin: Connection, path: string): Promise<string> {
  return waitFor(`${path} Ready`, 60_000, async () => {
    const { status } = await admin.json<Pod>({ method: 'GET', path });
    const isReady = status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True');
    return isReady ? status.podIP : undefined;
  });
}

async function text(url: string, init: RequestInit = {}): Promise<string> {
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(10_000) });
  return answer.text();
}

/** What other clusters and a person's own experiments change beside us is not ours to answer for. */
function isForeign(own: ClusterState): (line: string) => boolean {
  const ours = [own.network?.hostInterface ?? '', own.network?.namespace ?? '', own.stateDir];
  return (line) => !ours.some((word) => line.includes(word)) && /kcpi|cni-|veth/.test(line);
}

/** Grows the claim `now`, gives it another attributes class, takes a snapshot and makes the claim `restored` of that. */
async function changeDisk(t: ExecutionContext, admin: Connection, namespace: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
  await admin.json({
    method: 'POST',
    path: '/apis/storage.k8s.io/v1/volumeattributesclasses',
    body: { metadata: { name: 'gold' }, driverName: provisionerName, parameters: { iops: '9' } },
  });
  const wanted = { resources: { requests: { storage: '128Mi' } }, volumeAttributesClassName: 'gold' };
  await admin.json({ method: 'PATCH', path: `${path}/now`, body: { spec: wanted } });
  const changed = await waitFor('expansion and change of class', 30_000, async () => {
    const { status } = await admin.json<Claim>({ method: 'GET', path: `${path}/now` });
    const isDone = status.capacity?.storage === '128Mi' && status.currentVolumeAttributesClassName === 'gold';
    return isDone ? status : undefined;
  });
  t.is(changed.phase, 'Bound');

  const snapshots = `/apis/snapshot.storage.k8s.io/v1/namespaces/${namespace}/volumesnapshots`;
  const source = { persistentVolumeClaimName: 'now' };
  const kind = { apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshot' };
  await admin.json({ method: 'POST', path: snapshots, body: { ...kind, metadata: { name: 'cut' }, spec: { source } } });
  const cut = await waitFor('snapshot', 30_000, async () => {
    const { status } = await admin.json<{ status?: { readyToUse: boolean; restoreSize: string } }>({
      method: 'GET',
      path: `${snapshots}/cut`,
    });
    return status?.readyToUse === true ? status : undefined;
  });
  t.is(cut.restoreSize, '128Mi');
  const dataSource = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'cut' };
  const restored = { dataSource, resources: { requests: { storage: '128Mi' } } };
  await admin.json({ method: 'POST', path, body: claim('restored', restored) });
}

async function exercise(t: ExecutionContext, state: ClusterState): Promise<void> {
  const { network } = state;
  if (network === undefined) throw new Error('no network');
  const { admin, namespace, remove } = await createWorkspace(state);
  const path = `/api/v1/namespaces/${namespace}`;
  const make = (resource: string, body: unknown) => admin.json({ method: 'POST', path: `${path}/${resource}`, body });
  await make('persistentvolumeclaims', claim('now'));
  await make('persistentvolumeclaims', claim('later', { storageClassName: 'local-wffc' }));
  await make('pods', pod('web', ['now', 'later']));
  const clusterIP = network.serviceCidr.replace('.0.0/16', '.7.7');
  const ports = [{ port: 80, targetPort: 8080, nodePort: 30_777 }];
  await make('services', {
    metadata: { name: 'web' },
    spec: { type: 'NodePort', clusterIP, selector: { app: 'web' }, ports },
  });
  const ip = await ready(admin, `${path}/pods/web`);

  await text(`http://${ip}:8080/files/x`, { method: 'PUT', body: 'kept' });
  t.is(await text(`http://${ip}:8080/files/x`), 'kept', 'by the pod address');
  await waitFor('the service leads to the pod', 30_000, () => text(`http://${clusterIP}/files/x`));
  t.is(await text(`http://${clusterIP}/files/x`), 'kept', 'by the ClusterIP');
  t.is(await text(`http://${network.nodeAddress}:30777/files/x`), 'kept', 'by the NodePort');
  t.is(
    await text(`http://${ip}:8080/fetch?url=http://${clusterIP}/files/x`),
    'kept',
    'from a pod to itself by the ClusterIP',
  );
  t.regex(await text(`http://${ip}:8080/fetch?url=http://${clusterIP}1/`), /refused/, 'an address nobody has');

  const server = createServer((_, answer) => answer.end('the host')).listen(0, network.hostAddress);
  await waitFor('listening', 5000, async () => server.listening || undefined);
  const bound = server.address();
  const port = typeof bound === 'object' ? bound?.port : 0;
  t.is(
    await text(`http://${ip}:8080/fetch?url=http://${network.hostAddress}:${port}/`),
    'the host',
    'from a pod to the host',
  );
  server.close();

  await changeDisk(t, admin, namespace);

  // The claim outlives the pod, and its content too.
  await admin.json({ method: 'DELETE', path: `${path}/pods/web` });
  await waitFor('the pod is gone', 60_000, async () => {
    const pods = await admin.json<{ items: unknown[] }>({ method: 'GET', path: `${path}/pods` });
    return pods.items.length === 0 || undefined;
  });
  await make('pods', pod('again', ['now']));
  await make('pods', pod('copy', ['restored']));
  t.is(await text(`http://${await ready(admin, `${path}/pods/again`)}:8080/files/x`), 'kept', 'the claim');
  t.is(
    await text(`http://${await ready(admin, `${path}/pods/copy`)}:8080/files/x`),
    'kept',
    'a claim made of its snapshot',
  );
  await remove();
}

run(`a node runs pods with disks and services, and leaves nothing behind${how}`, async (t) => {
  t.timeout(600_000);
  const name = `t${process.pid}-node`;
  t.teardown(() => stopCluster(name));
  const before = await lookAtMachine();
  await startCluster({ name, node: true });
  const state = readState(name);
  if (state === undefined) throw new Error('no state');
  await importWorkload(state);
  await exercise(t, state);

  const family = state.processes.flatMap(({ pid }) => familyOf(pid));
  const shared = new Set(namespacesOf(process.pid));
  const namespaces = new Set(family.flatMap(({ pid }) => namespacesOf(pid)).filter((each) => !shared.has(each)));
  t.true(
    family.some((each) => each.name === 'workload'),
    'containers are of the family',
  );
  const groups = controlGroupsOf(state.stateDir).filter((each) => existsSync(each));
  t.true(groups.length > 0);
  await stopCluster(name);
  t.deepEqual(
    groups.filter((each) => existsSync(each)),
    [],
    'control groups',
  );
  t.deepEqual(family.filter(isRunning), [], 'processes');
  const left = allNamespaces();
  t.deepEqual(
    [...namespaces].filter((each) => left.has(each)),
    [],
    'namespaces',
  );
  t.deepEqual(differences(before, await lookAtMachine(), isForeign(state)), []);
  t.false(existsSync(state.stateDir));
});

import { DRIVER } from '../../../src/sandbox/controllers/storage/provisioner.ts';
import { type ApiUnderTest, eventually } from './backends.ts';
import { type Doubles, podOf, startDoubles } from './doubles.ts';
import { onBoth } from './on-both.ts';

const bare = { nodes: [], storage: false } as const;

interface Claim {
  metadata: { uid: string; annotations?: Record<string, string> };
  spec: { volumeName?: string; volumeAttributesClassName?: string };
  status: {
    phase: string;
    capacity?: { storage: string };
    conditions?: { type: string }[];
    currentVolumeAttributesClassName?: string;
    modifyVolumeStatus?: { status: string };
  };
}

const claimsOf = (api: ApiUnderTest) => `/api/v1/namespaces/${api.namespace}/persistentvolumeclaims`;

async function makeClaim(api: ApiUnderTest, { prefix }: Doubles, name: string, kind: string, fields: object = {}) {
  const spec = {
    storageClassName: `${prefix}-${kind}`,
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '64Mi' } },
    ...fields,
  };
  return await api.cluster.json<Claim>({ method: 'POST', path: claimsOf(api), body: { metadata: { name }, spec } });
}

async function claimWhen(
  api: ApiUnderTest,
  name: string,
  wanted: (claim: Claim) => boolean | undefined,
): Promise<Claim> {
  const get = () => api.cluster.json<Claim>({ method: 'GET', path: `${claimsOf(api)}/${name}` });
  let claim = await get();
  await eventually(async () => {
    claim = await get();
    return wanted(claim) ?? false;
  });
  return claim;
}

const isBound = ({ status }: Claim) => status.phase === 'Bound';

async function grow(api: ApiUnderTest, name: string, storage: string): Promise<void> {
  const body = { spec: { resources: { requests: { storage } } } };
  await api.cluster.json({ method: 'PATCH', path: `${claimsOf(api)}/${name}`, body });
}

onBoth(
  'a claim is bound at once, or when a pod wants it',
  async (t, api) => {
    const doubles = await startDoubles(api);
    await makeClaim(api, doubles, 'now', 'now');
    await makeClaim(api, doubles, 'wait', 'wait');
    const now = await claimWhen(api, 'now', isBound);
    t.is(now.spec.volumeName, `pvc-${now.metadata.uid}`);
    t.deepEqual(now.status.capacity, { storage: '64Mi' });
    t.is((await claimWhen(api, 'wait', () => true)).status.phase, 'Pending');
    const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'wait' } }];
    const path = `/api/v1/namespaces/${api.namespace}/pods`;
    await api.cluster.json({ method: 'POST', path, body: podOf(api.namespace, 'p', { spec: { volumes } }) });
    const wait = await claimWhen(api, 'wait', isBound);
    t.is(wait.metadata.annotations?.['volume.kubernetes.io/selected-node'], `${api.namespace}-node`);
  },
  bare,
);

onBoth(
  'a volume goes with its claim, or is kept',
  async (t, api) => {
    const doubles = await startDoubles(api);
    const { call } = api;
    await makeClaim(api, doubles, 'gone', 'now');
    await makeClaim(api, doubles, 'kept', 'keep');
    const [gone, kept] = [await claimWhen(api, 'gone', isBound), await claimWhen(api, 'kept', isBound)];
    for (const name of ['gone', 'kept']) await api.cluster.json({ method: 'DELETE', path: `${claimsOf(api)}/${name}` });
    const volume = (claim: Claim) => `/api/v1/persistentvolumes/${claim.spec.volumeName}`;
    await eventually(async () => (await call({ method: 'GET', path: volume(gone) })).status === 404);
    await eventually(async () => {
      const { body } = await call({ method: 'GET', path: volume(kept) });
      return (body.status as { phase?: string }).phase === 'Released';
    });
    await api.cluster.json({ method: 'DELETE', path: volume(kept) });
    t.pass();
  },
  bare,
);

onBoth(
  'a claim without a pod grows when it is mounted next, one in use at once',
  async (t, api) => {
    const doubles = await startDoubles(api);
    await makeClaim(api, doubles, 'c', 'now');
    await claimWhen(api, 'c', isBound);
    await grow(api, 'c', '128Mi');
    const pending = await claimWhen(api, 'c', ({ status }) =>
      status.conditions?.some(({ type }) => type === 'FileSystemResizePending'),
    );
    t.deepEqual(pending.status.capacity, { storage: '64Mi' });
    const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }];
    const path = `/api/v1/namespaces/${api.namespace}/pods`;
    await api.cluster.json({ method: 'POST', path, body: podOf(api.namespace, 'p', { spec: { volumes } }) });
    const grown = await claimWhen(api, 'c', ({ status }) => status.capacity?.storage === '128Mi');
    t.deepEqual(grown.status.conditions ?? [], []);
    await grow(api, 'c', '256Mi');
    t.truthy(await claimWhen(api, 'c', ({ status }) => status.capacity?.storage === '256Mi'));
  },
  bare,
);

onBoth(
  'a claim takes the attributes of another class',
  async (t, api) => {
    const doubles = await startDoubles(api);
    const path = '/apis/storage.k8s.io/v1/volumeattributesclasses';
    const attributes = (name: string, parameters: object) =>
      api.cluster.json({
        method: 'POST',
        path,
        body: { metadata: { name: `${doubles.prefix}-${name}` }, driverName: DRIVER, parameters },
      });
    await attributes('gold', { iops: '5000' });
    await attributes('never', { infeasible: 'too fast' });
    await makeClaim(api, doubles, 'c', 'now');
    await claimWhen(api, 'c', isBound);
    const want = (name: string) =>
      api.cluster.json({
        method: 'PATCH',
        path: `${claimsOf(api)}/c`,
        body: { spec: { volumeAttributesClassName: `${doubles.prefix}-${name}` } },
      });
    await want('gold');
    await claimWhen(api, 'c', ({ status }) => status.currentVolumeAttributesClassName === `${doubles.prefix}-gold`);
    await want('never');
    const refused = await claimWhen(api, 'c', ({ status }) => status.modifyVolumeStatus?.status === 'Infeasible');
    t.is(refused.status.currentVolumeAttributesClassName, `${doubles.prefix}-gold`);
    await want('gold');
    await api.cluster.json({ method: 'DELETE', path: claimsOf(api) });
    for (const name of ['gold', 'never'])
      await api.cluster.json({ method: 'DELETE', path: `${path}/${doubles.prefix}-${name}` });
  },
  bare,
);

onBoth(
  'a snapshot is cut of a bound claim',
  async (t, api) => {
    const doubles = await startDoubles(api);
    const group = '/apis/snapshot.storage.k8s.io/v1';
    const path = `${group}/namespaces/${api.namespace}/volumesnapshots`;
    type Snapshot = {
      status?: { readyToUse?: boolean; boundVolumeSnapshotContentName?: string; restoreSize?: string };
    };
    await makeClaim(api, doubles, 'c', 'now');
    await claimWhen(api, 'c', isBound);
    const spec = { source: { persistentVolumeClaimName: 'c' } };
    const body = { apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshot', metadata: { name: 's' }, spec };
    await api.cluster.json({ method: 'POST', path, body });
    let snapshot: Snapshot = {};
    await eventually(async () => {
      snapshot = await api.cluster.json<Snapshot>({ method: 'GET', path: `${path}/s` });
      return snapshot.status?.readyToUse === true;
    });
    t.is(snapshot.status?.restoreSize, '64Mi');
    const content = `${group}/volumesnapshotcontents/${snapshot.status?.boundVolumeSnapshotContentName}`;
    t.is((await api.call({ method: 'GET', path: content })).status, 200);
    await api.cluster.json({ method: 'DELETE', path: `${path}/s` });
    await eventually(async () => (await api.call({ method: 'GET', path: content })).status === 404);
  },
  bare,
);

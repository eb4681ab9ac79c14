import type { ApiUnderTest, RawAnswer } from './backends.ts';
import { onBoth } from './on-both.ts';

const quiet = { nodes: [], scheduler: false, storage: false } as const;
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';

interface Table {
  readonly kind: string;
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string; remainingItemCount?: number };
  readonly columnDefinitions: readonly { name: string; type: string; format: string; priority: number }[] | null;
  readonly rows: readonly {
    readonly cells: readonly unknown[];
    readonly object: { kind: string; apiVersion: string; metadata: { name: string }; spec?: object } | null;
    readonly conditions?: readonly { type: string; status: string; reason: string; message: string }[];
  }[];
}

async function get(api: ApiUnderTest, path: string, accept = table): Promise<Table> {
  const answer = await api.call({ method: 'GET', path, accept });
  return answer.body as unknown as Table;
}

/** Cells with what depends on the moment left out. */
function timeless(cells: readonly unknown[] | undefined): readonly unknown[] {
  return (cells ?? []).map((cell) => (typeof cell === 'string' && /^\d+s$/.test(cell) ? 'AGE' : cell));
}

const ago = (seconds: number) => `${new Date(Date.now() - seconds * 1000).toISOString().slice(0, 19)}Z`;
const image = { image: 'a:1', imageID: '' };
const on = (name: string, fields: object) => ({ name, ...image, ready: false, restartCount: 0, state: {}, ...fields });
const running = { ready: true, state: { running: { startedAt: ago(60) } } };
const ended = (exitCode: number, fields: object = {}) => ({
  state: { terminated: { exitCode, containerID: 'c://1', ...fields } },
});
const waiting = (reason: string) => ({ state: { waiting: { reason } } });
const last = (seconds: number) => ({ lastState: { terminated: { exitCode: 1, finishedAt: ago(seconds) } } });

interface PodCase {
  readonly containers?: readonly string[];
  readonly initContainers?: readonly object[];
  readonly spec?: object;
  readonly metadata?: object;
  readonly status?: object;
  readonly deleted?: true;
  /** Ready, Status, Restarts */
  readonly shows: readonly [string, string, string];
}

const init = (name: string, fields: object = {}) => ({ name, image: 'a:1', ...fields });

/** Every way a pod's status column comes about. */
const podCases: Readonly<Record<string, PodCase>> = {
  'a-new': { shows: ['0/1', 'Pending', '0'] },
  'b-running': {
    status: { phase: 'Running', containerStatuses: [on('a', running)] },
    shows: ['1/1', 'Running', '0'],
  },
  'c-restarted': {
    status: { phase: 'Running', containerStatuses: [on('a', { ...running, restartCount: 3, ...last(3700) })] },
    shows: ['1/1', 'Running', '3 (61m ago)'],
  },
  'd-crashing': {
    containers: ['a', 'b'],
    status: {
      phase: 'Running',
      containerStatuses: [
        on('a', { ...waiting('CrashLoopBackOff'), restartCount: 2, ...last(30 * 60) }),
        on('b', { ...running, restartCount: 1, ...last(22 * 60) }),
      ],
    },
    shows: ['1/2', 'CrashLoopBackOff', '3 (22m ago)'],
  },
  'e-first-decides': {
    containers: ['a', 'b'],
    status: {
      phase: 'Pending',
      containerStatuses: [on('a', waiting('ErrImagePull')), on('b', waiting('ContainerCreating'))],
    },
    shows: ['0/2', 'ErrImagePull', '0'],
  },
  'f-exit': { status: { phase: 'Failed', containerStatuses: [on('a', ended(2))] }, shows: ['0/1', 'ExitCode:2', '0'] },
  'g-signal': {
    status: { phase: 'Failed', containerStatuses: [on('a', ended(137, { signal: 9 }))] },
    shows: ['0/1', 'Signal:9', '0'],
  },
  'h-half-done': {
    containers: ['a', 'b'],
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'False' }],
      containerStatuses: [on('a', ended(0, { reason: 'Completed' })), on('b', running)],
    },
    shows: ['1/2', 'NotReady', '0'],
  },
  'i-half-done-ready': {
    containers: ['a', 'b'],
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [on('a', ended(0, { reason: 'Completed' })), on('b', running)],
    },
    shows: ['1/2', 'Running', '0'],
  },
  'j-init': {
    initContainers: [init('x'), init('y')],
    status: {
      phase: 'Pending',
      initContainerStatuses: [on('x', ended(0, { reason: 'Completed' })), on('y', waiting('PodInitializing'))],
      containerStatuses: [on('a', waiting('PodInitializing'))],
    },
    shows: ['0/1', 'Init:1/2', '0'],
  },
  'k-init-crashes': {
    initContainers: [init('x')],
    status: {
      phase: 'Pending',
      initContainerStatuses: [on('x', { ...waiting('CrashLoopBackOff'), restartCount: 4, ...last(20 * 60) })],
      containerStatuses: [on('a', waiting('PodInitializing'))],
    },
    shows: ['0/1', 'Init:CrashLoopBackOff', '4 (20m ago)'],
  },
  'l-init-failed': {
    initContainers: [init('x')],
    status: { phase: 'Pending', initContainerStatuses: [on('x', ended(3))] },
    shows: ['0/1', 'Init:ExitCode:3', '0'],
  },
  'm-sidecar': {
    initContainers: [init('x', { restartPolicy: 'Always' }), init('y')],
    status: {
      phase: 'Running',
      conditions: [{ type: 'Initialized', status: 'True' }],
      initContainerStatuses: [
        on('x', { ...running, started: true, restartCount: 2, ...last(90 * 60) }),
        on('y', { ...ended(0, { reason: 'Completed' }), restartCount: 5 }),
      ],
      containerStatuses: [on('a', running)],
    },
    shows: ['2/2', 'Running', '2 (90m ago)'],
  },
  'n-evicted': {
    status: { phase: 'Failed', reason: 'Evicted', message: 'no memory' },
    shows: ['0/1', 'Evicted', '0'],
  },
  'o-done': {
    status: { phase: 'Succeeded', containerStatuses: [on('a', ended(0, { reason: 'Completed' }))] },
    shows: ['0/1', 'Completed', '0'],
  },
  'p-gated': {
    spec: { schedulingGates: [{ name: 'example.com/wait' }] },
    status: { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] },
    shows: ['0/1', 'SchedulingGated', '0'],
  },
  'q-going': {
    metadata: { finalizers: ['example.com/hold'] },
    status: { phase: 'Running', containerStatuses: [on('a', running)] },
    deleted: true,
    shows: ['1/1', 'Terminating', '0'],
  },
  'r-going-done': {
    metadata: { finalizers: ['example.com/hold'] },
    status: { phase: 'Succeeded', containerStatuses: [on('a', ended(0, { reason: 'Completed' }))] },
    deleted: true,
    shows: ['0/1', 'Completed', '0'],
  },
};

async function makePods(api: ApiUnderTest): Promise<void> {
  const path = `/api/v1/namespaces/${api.namespace}/pods`;
  for (const [name, given] of Object.entries(podCases)) {
    const containers = (given.containers ?? ['a']).map((one) => ({ name: one, image: 'a:1' }));
    const { initContainers } = given;
    const spec = { schedulerName: 'none', automountServiceAccountToken: false, containers, ...given.spec };
    const body = {
      metadata: { name, ...given.metadata },
      spec: { ...spec, ...(initContainers && { initContainers }) },
    };
    await api.cluster.json({ method: 'POST', path, body });
    if (given.status !== undefined) {
      const status = { method: 'PATCH', path: `${path}/${name}/status`, body: { status: given.status } } as const;
      await api.cluster.json(status);
    }
    if (given.deleted) await api.cluster.json({ method: 'DELETE', path: `${path}/${name}` });
  }
  api.defer(async () => {
    const body = { metadata: { finalizers: null } };
    for (const [name, { deleted }] of Object.entries(podCases))
      if (deleted) await api.cluster.json({ method: 'PATCH', path: `${path}/${name}`, body });
  });
}

onBoth(
  'a Table of pods says of each what it is about',
  async (t, api) => {
    await makePods(api);
    const pods = await get(api, `/api/v1/namespaces/${api.namespace}/pods`);
    t.is(pods.kind, 'Table');
    t.deepEqual(
      pods.rows.map(({ cells }) => timeless(cells)),
      Object.entries(podCases).map(([name, { shows }]) => [name, ...shows, 'AGE', ...Array(4).fill('<none>')]),
    );
    const conditions = new Map(pods.rows.map(({ object, conditions }) => [object?.metadata.name, conditions]));
    t.deepEqual(conditions.get('o-done'), [
      {
        type: 'Completed',
        status: 'True',
        reason: 'Succeeded',
        message: 'The pod has completed successfully.',
      },
    ]);
    t.is(conditions.get('n-evicted')?.[0]?.reason, 'Failed');
    t.is(conditions.get('b-running'), undefined);
  },
  quiet,
);

onBoth(
  'a Table comes in pages, with as much of each object as is asked for',
  async (t, api) => {
    await makePods(api);
    const path = `/api/v1/namespaces/${api.namespace}/pods`;
    const first = await get(api, `${path}?limit=3&includeObject=None`);
    t.deepEqual(
      first.rows.map(({ cells, object }) => [cells[0], object]),
      [
        ['a-new', null],
        ['b-running', null],
        ['c-restarted', null],
      ],
    );
    t.is(first.metadata.remainingItemCount, Object.keys(podCases).length - 3);
    const rest = `${path}?limit=100&continue=${first.metadata.continue}&includeObject=Object`;
    const second = await get(api, rest);
    t.is(second.rows[0]?.cells[0], 'd-crashing');
    t.like(second.rows[0]?.object, { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'd-crashing' } });
    t.truthy(second.rows[0]?.object?.spec);
    t.is(second.metadata.continue, undefined);
    const one = await get(api, `${path}/b-running`);
    t.is(one.rows.length, 1);
    t.is(one.rows[0]?.object?.kind, 'PartialObjectMetadata');
    t.is(one.rows[0]?.object?.spec, undefined);
    t.truthy(one.metadata.resourceVersion);
  },
  quiet,
);

onBoth(
  'the columns of every kind the console reads',
  async (t, api) => {
    const columns = async (path: string) => {
      const { columnDefinitions } = await get(api, `${path}?limit=1`);
      return (columnDefinitions ?? []).map(({ name, type, format, priority }) =>
        [name, ...(type === 'string' ? [] : [type]), ...(format ? [format] : []), ...(priority ? ['wide'] : [])].join(),
      );
    };
    t.deepEqual(await columns('/api/v1/pods'), [
      'Name,name',
      'Ready',
      'Status',
      'Restarts',
      'Age',
      'IP,wide',
      'Node,wide',
      'Nominated Node,wide',
      'Readiness Gates,wide',
    ]);
    t.deepEqual(await columns('/api/v1/persistentvolumeclaims'), [
      'Name,name',
      'Status',
      'Volume',
      'Capacity',
      'Access Modes',
      'StorageClass',
      'VolumeAttributesClass',
      'Age',
      'VolumeMode,wide',
    ]);
    t.deepEqual(await columns('/api/v1/persistentvolumes'), [
      'Name,name',
      'Capacity',
      'Access Modes',
      'Reclaim Policy',
      'Status',
      'Claim',
      'StorageClass',
      'VolumeAttributesClass',
      'Reason',
      'Age',
      'VolumeMode,wide',
    ]);
    t.deepEqual(await columns('/api/v1/nodes'), [
      'Name,name',
      'Status',
      'Roles',
      'Age',
      'Version',
      'Internal-IP,wide',
      'External-IP,wide',
      'OS-Image,wide',
      'Kernel-Version,wide',
      'Container-Runtime,wide',
    ]);
    t.deepEqual(await columns('/api/v1/events'), [
      'Last Seen',
      'Type',
      'Reason',
      'Object',
      'Subobject,wide',
      'Source,wide',
      'Message',
      'First Seen,wide',
      'Count,wide',
      'Name,name,wide',
    ]);
    t.deepEqual(await columns('/api/v1/services'), [
      'Name,name',
      'Type',
      'Cluster-IP',
      'External-IP',
      'Port(s)',
      'Age',
      'Selector,wide',
    ]);
    t.deepEqual(await columns('/api/v1/namespaces'), ['Name,name', 'Status', 'Age']);
    t.deepEqual(await columns('/api/v1/secrets'), ['Name,name', 'Type', 'Data', 'Age']);
    t.deepEqual(await columns('/apis/storage.k8s.io/v1/storageclasses'), [
      'Name,name',
      'Provisioner',
      'ReclaimPolicy',
      'VolumeBindingMode',
      'AllowVolumeExpansion',
      'Age',
    ]);
  },
  quiet,
);

onBoth(
  'Tables of what is not a pod',
  async (t, api) => {
    const { cluster, namespace } = api;
    const base = `/api/v1/namespaces/${namespace}`;
    const make = (path: string, body: object) => cluster.json({ method: 'POST', path, body });
    const cells = async (path: string) => timeless((await get(api, path)).rows[0]?.cells);
    const own = async (path: string, body: object) => {
      await make(path, { ...body, metadata: { name: namespace, ...(body as { metadata?: object }).metadata } });
      api.defer(async () => void (await cluster.json({ method: 'DELETE', path: `${path}/${namespace}` })));
    };

    const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: '' };
    await make(`${base}/persistentvolumeclaims`, { metadata: { name: 'c' }, spec: claim });
    t.deepEqual(await cells(`${base}/persistentvolumeclaims/c`), [
      ...['c', 'Pending', '', '', '', '', '<unset>', 'AGE', 'Filesystem'],
    ]);

    await own('/api/v1/persistentvolumes', {
      spec: {
        capacity: { storage: '5Gi' },
        accessModes: ['ReadOnlyMany', 'ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Retain',
        storageClassName: 'none-such',
        claimRef: { namespace: 'elsewhere', name: 'x' },
        hostPath: { path: '/x' },
      },
    });
    const volume = await cells(`/api/v1/persistentvolumes/${namespace}`);
    t.deepEqual(
      // all but its status, which the binder may have set by now
      volume.filter((_, index) => index !== 4),
      [namespace, '5Gi', 'RWO,ROX', 'Retain', 'elsewhere/x', 'none-such', '<unset>', '', 'AGE', 'Filesystem'],
    );

    await own('/apis/storage.k8s.io/v1/storageclasses', {
      provisioner: 'example.com/p',
      volumeBindingMode: 'WaitForFirstConsumer',
    });
    t.deepEqual(await cells(`/apis/storage.k8s.io/v1/storageclasses/${namespace}`), [
      ...[namespace, 'example.com/p', 'Delete', 'WaitForFirstConsumer', false, 'AGE'],
    ]);

    await own('/api/v1/nodes', {
      metadata: { labels: { 'node-role.kubernetes.io/worker': '', 'kubernetes.io/role': 'edge' } },
      spec: { unschedulable: true },
    });
    await cluster.json({
      method: 'PATCH',
      path: `/api/v1/nodes/${namespace}/status`,
      body: {
        status: {
          conditions: [{ type: 'Ready', status: 'True', reason: 'x', message: 'x', lastHeartbeatTime: ago(0) }],
          addresses: [{ type: 'InternalIP', address: '10.0.0.9' }],
          nodeInfo: { kubeletVersion: 'v1', osImage: 'Debian' },
        },
      },
    });
    t.deepEqual(await cells(`/api/v1/nodes/${namespace}`), [
      ...[namespace, 'Ready,SchedulingDisabled', 'edge,worker', 'AGE', 'v1'],
      ...['10.0.0.9', '<none>', 'Debian', '<unknown>', '<unknown>'],
    ]);

    const event = {
      involvedObject: { kind: 'Pod', namespace, name: 'p', fieldPath: 'spec.containers{a}' },
      type: 'Warning',
      reason: 'BackOff',
      message: ' too bad\n',
      source: { component: 'kubelet', host: 'n1' },
      firstTimestamp: ago(3600 * 4 + 5 * 60),
      lastTimestamp: ago(600),
      count: 7,
    };
    await make(`${base}/events`, { metadata: { name: 'e', namespace }, ...event });
    t.deepEqual(await cells(`${base}/events/e`), [
      ...['10m', 'Warning', 'BackOff', 'pod/p', 'spec.containers{a}', 'kubelet, n1', 'too bad', '4h5m', 7, 'e'],
    ]);

    const ports = [
      { name: 'a', port: 80 },
      { name: 'b', port: 53, protocol: 'UDP' },
    ];
    await make(`${base}/services`, { metadata: { name: 's' }, spec: { ports, selector: { b: '2', a: '1' } } });
    const [, type, , ...others] = await cells(`${base}/services/s`);
    t.deepEqual([type, ...others], ['ClusterIP', '<none>', '80/TCP,53/UDP', 'AGE', 'a=1,b=2']);

    await make(`${base}/secrets`, { metadata: { name: 'k' }, stringData: { a: '1', b: '2' } });
    t.deepEqual(await cells(`${base}/secrets/k`), ['k', 'Opaque', 2, 'AGE']);
    t.deepEqual(await cells(`/api/v1/namespaces/${namespace}`), [namespace, 'Active', 'AGE']);
  },
  quiet,
);

/** What a watch says within a second. */
async function watched<T>(api: ApiUnderTest, path: string, accept: string): Promise<{ type: string; object: T }[]> {
  const answer = await api.call({ method: 'GET', path: `${path}&watch=1&timeoutSeconds=1`, accept });
  const lines = String(answer.body.text).trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}

onBoth(
  'a watch of Tables has one row an event, and columns in the first alone',
  async (t, api) => {
    const path = `/api/v1/namespaces/${api.namespace}/secrets`;
    const made = await api.cluster.json<Table>({ method: 'POST', path, body: { metadata: { name: 'a' } } });
    const shape = ({ type, object: { columnDefinitions, rows } }: { type: string; object: Table }) => {
      return [type, columnDefinitions?.length, rows.length, rows[0]?.cells[0], rows[0]?.object?.kind];
    };
    const query =
      'includeObject=None&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const initial = await watched<Table>(api, `${path}?${query}`, table);
    t.deepEqual(initial.slice(0, 2).map(shape), [
      ['ADDED', 4, 1, 'a', undefined],
      // told with an object, since the annotation on it says that the list is over
      ['BOOKMARK', undefined, 1, '', 'PartialObjectMetadata'],
    ]);
    await api.cluster.json({ method: 'PATCH', path: `${path}/a`, body: { metadata: { labels: { a: 'b' } } } });
    await api.cluster.json({ method: 'DELETE', path: `${path}/a` });
    const from = `resourceVersion=${made.metadata.resourceVersion}`;
    const later = await watched<Table>(api, `${path}?${from}`, table);
    t.deepEqual(later.map(shape), [
      ['MODIFIED', 4, 1, 'a', 'PartialObjectMetadata'],
      ['DELETED', undefined, 1, 'a', 'PartialObjectMetadata'],
    ]);
    t.is(later[1]?.object.columnDefinitions, null);
    t.true(Number(later[1]?.object.metadata.resourceVersion) > Number(later[0]?.object.metadata.resourceVersion));
  },
  quiet,
);

onBoth(
  'a watch of metadata says no more than that',
  async (t, api) => {
    const path = `/api/v1/namespaces/${api.namespace}/secrets`;
    for (const name of ['a', 'b'])
      await api.cluster.json({ method: 'POST', path, body: { metadata: { name }, stringData: { secret: 'hidden' } } });
    const accept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
    const events = await watched<{ kind: string }>(api, `${path}?resourceVersion=0`, accept);
    const added = events.filter(({ type }) => type === 'ADDED');
    t.deepEqual(
      added.map(({ object }) => [object.kind, ...Object.keys(object).sort()]),
      Array(2).fill(['PartialObjectMetadata', 'apiVersion', 'kind', 'metadata']),
    );
  },
  quiet,
);

onBoth(
  'what cannot be shown as asked for is refused',
  async (t, api) => {
    const list = `/api/v1/namespaces/${api.namespace}/configmaps`;
    const one = `/api/v1/namespaces/${api.namespace}/serviceaccounts/default`;
    const ask = async (path: string, as: string): Promise<RawAnswer> => {
      const accept = `application/json;g=meta.k8s.io;as=${as}`;
      const { status, body } = await api.call({ method: 'GET', path, accept });
      // a real server indents it, which makes it text to the caller
      return { status, body: body.text === undefined ? body : JSON.parse(String(body.text)) };
    };
    const refusal = async (path: string, as: string) => {
      const { status, body } = await ask(path, as);
      return [status, body.reason, body.message];
    };
    t.deepEqual(await refusal(list, 'PartialObjectMetadata;v=v1'), [
      406,
      'NotAcceptable',
      'you requested PartialObjectMetadata, but the requested object is a list (*core.ConfigMapList)',
    ]);
    t.deepEqual(await refusal(one, 'PartialObjectMetadataList;v=v1'), [
      406,
      'NotAcceptable',
      'you requested PartialObjectMetadataList, but the requested object is not a list (*core.ServiceAccount)',
    ]);
    t.deepEqual(await refusal(list, 'Table;v=v2'), [
      406,
      'NotAcceptable',
      'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    ]);
    t.deepEqual(await refusal(`${list}?includeObject=All`, 'Table;v=v1'), [
      400,
      'BadRequest',
      "Unable to convert to Table as requested: includeObject: Invalid value: \"All\": must be 'Metadata', 'Object', 'None', or empty",
    ]);
    // the first type of the header that can be had
    const either = await ask(list, 'Table;v=v9,application/json');
    t.is(either.body.kind, 'ConfigMapList');
  },
  quiet,
);

import { eventually } from './backends.ts';
import { onBoth } from './on-both.ts';

const withTokens = {
  nodes: [],
  scheduler: false,
  storage: false,
  tokens: { admin: { name: 'admin', groups: ['system:masters', 'system:authenticated'] } },
} as const;

const RBAC = '/apis/rbac.authorization.k8s.io/v1';

onBoth(
  'a token nobody issued is refused',
  async (t, { callAs, namespace }) => {
    const answer = await callAs('no-such-token', { method: 'GET', path: `/api/v1/namespaces/${namespace}/pods` });
    t.is(answer.status, 401);
    t.deepEqual(answer.body, {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Unauthorized',
      reason: 'Unauthorized',
      code: 401,
    });
  },
  withTokens,
);

onBoth(
  'a ServiceAccount may what its roles say, and is told what it may not',
  async (t, { cluster, callAs, namespace }) => {
    const base = `/api/v1/namespaces/${namespace}`;
    await cluster.json({ method: 'POST', path: `${base}/serviceaccounts`, body: { metadata: { name: 'cpi' } } });
    type TokenRequest = { status: { token: string } };
    const path = `${base}/serviceaccounts/cpi/token`;
    const { status } = await cluster.json<TokenRequest>({
      method: 'POST',
      path,
      body: { spec: { expirationSeconds: 3600 } },
    });
    const ask = (method: string, what: string, body?: object) =>
      callAs(status.token, { method, path: what, ...(body === undefined ? {} : { body }) });
    const user = `system:serviceaccount:${namespace}:cpi`;

    const list = await ask('GET', `${base}/pods`);
    t.is(list.status, 403);
    t.is(
      list.body.message,
      `pods is forbidden: User "${user}" cannot list resource "pods" in API group "" in the namespace "${namespace}"`,
    );
    t.deepEqual(list.body.details, { kind: 'pods' });
    const get = await ask('GET', `${base}/secrets/a`);
    t.is(
      get.body.message,
      `secrets "a" is forbidden: User "${user}" cannot get resource "secrets" in API group "" in the namespace "${namespace}"`,
    );
    t.deepEqual(get.body.details, { kind: 'secrets', name: 'a' });
    const nodes = await ask('GET', '/api/v1/nodes');
    t.is(
      nodes.body.message,
      `nodes is forbidden: User "${user}" cannot list resource "nodes" in API group "" at the cluster scope`,
    );
    const watch = await ask('GET', '/apis/policy/v1/poddisruptionbudgets?watch=1');
    t.is(
      watch.body.message,
      `poddisruptionbudgets.policy is forbidden: User "${user}" cannot watch resource "poddisruptionbudgets" in API group "policy" at the cluster scope`,
    );
    t.deepEqual(watch.body.details, { group: 'policy', kind: 'poddisruptionbudgets' });
    const exec = await ask('GET', `${base}/pods/a/exec?command=x`);
    t.is(
      exec.body.message,
      `pods "a" is forbidden: User "${user}" cannot get resource "pods/exec" in API group "" in the namespace "${namespace}"`,
    );
    const create = await ask('POST', `${base}/pods`, { metadata: { name: 'named' } });
    t.is(
      create.body.message,
      `pods is forbidden: User "${user}" cannot create resource "pods" in API group "" in the namespace "${namespace}"`,
    );

    const rules = [
      { apiGroups: [''], resources: ['pods'], verbs: ['list', 'create'] },
      { apiGroups: [''], resources: ['secrets'], resourceNames: ['mine'], verbs: ['get'] },
    ];
    await cluster.json({
      method: 'POST',
      path: `${RBAC}/namespaces/${namespace}/roles`,
      body: { metadata: { name: 'r' }, rules },
    });
    const binding = {
      metadata: { name: 'b' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' },
      subjects: [{ kind: 'ServiceAccount', name: 'cpi', namespace }],
    };
    await cluster.json({ method: 'POST', path: `${RBAC}/namespaces/${namespace}/rolebindings`, body: binding });
    await eventually(async () => (await ask('GET', `${base}/pods`)).status === 200);
    t.is((await ask('GET', `${base}/secrets/mine`)).status, 404);
    t.is((await ask('GET', `${base}/secrets/other`)).status, 403);
    t.is((await ask('GET', '/api/v1/pods')).status, 403);

    const review = (resourceAttributes: object) =>
      ask('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { spec: { resourceAttributes } });
    const may = await review({ verb: 'create', resource: 'pods', namespace });
    t.true((may.body.status as { allowed: boolean }).allowed);
    const mayNot = await review({ verb: 'delete', resource: 'pods', namespace });
    t.false((mayNot.body.status as { allowed: boolean }).allowed);
    const whoAmI = await ask('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {});
    const { userInfo } = whoAmI.body.status as { userInfo: { username: string; groups: string[] } };
    t.is(userInfo.username, user);
    t.deepEqual(userInfo.groups, [
      'system:serviceaccounts',
      `system:serviceaccounts:${namespace}`,
      'system:authenticated',
    ]);
  },
  withTokens,
);

onBoth(
  'metadata alone can be asked for',
  async (t, { cluster, call, namespace }) => {
    const path = `/api/v1/namespaces/${namespace}/secrets`;
    await cluster.json({
      method: 'POST',
      path,
      body: { metadata: { name: 'a', labels: { b: 'c' } }, stringData: { d: 'e' } },
    });
    const accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';
    const list = await call({ method: 'GET', path: `${path}?labelSelector=b%3Dc`, accept });
    t.is(list.body.kind, 'PartialObjectMetadataList');
    t.is(list.body.apiVersion, 'meta.k8s.io/v1');
    const [item] = list.body.items as { kind: string; metadata: { name: string }; data?: unknown }[];
    t.is(item?.kind, 'PartialObjectMetadata');
    t.is(item?.metadata.name, 'a');
    t.is(item?.data, undefined);
    const one = await call({
      method: 'GET',
      path: `${path}/a`,
      accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    });
    t.is(one.body.kind, 'PartialObjectMetadata');
    const html = await call({ method: 'GET', path: `${path}/a`, accept: 'text/html' });
    t.is(html.status, 406);
  },
  withTokens,
);

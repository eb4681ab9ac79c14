import test from 'ava';
import fc from 'fast-check';
import { operationOf } from '../../src/kubernetes/operation.ts';

const cases: readonly [string, string, object][] = [
  ['GET', '/api/v1/namespaces/bosh/pods', { verb: 'list', resource: 'pods', namespace: 'bosh' }],
  ['GET', '/api/v1/namespaces/bosh/pods?watch=true', { verb: 'watch', resource: 'pods', namespace: 'bosh' }],
  ['GET', '/api/v1/namespaces/bosh/pods?watch=false', { verb: 'list', resource: 'pods', namespace: 'bosh' }],
  ['GET', '/api/v1/namespaces/bosh/pods/a', { verb: 'get', resource: 'pods', name: 'a', namespace: 'bosh' }],
  [
    'GET',
    '/api/v1/namespaces/bosh/pods/a/exec?command=cat',
    { verb: 'get', resource: 'pods/exec', name: 'a', namespace: 'bosh' },
  ],
  ['POST', '/api/v1/namespaces/bosh/secrets', { verb: 'create', resource: 'secrets', namespace: 'bosh' }],
  [
    'POST',
    '/api/v1/namespaces/bosh/pods/a/eviction',
    { verb: 'create', resource: 'pods/eviction', name: 'a', namespace: 'bosh' },
  ],
  ['PUT', '/api/v1/namespaces/bosh/secrets/s', { verb: 'update', resource: 'secrets', name: 's', namespace: 'bosh' }],
  [
    'PATCH',
    '/api/v1/namespaces/bosh/persistentvolumeclaims/d',
    { verb: 'patch', resource: 'persistentvolumeclaims', name: 'd', namespace: 'bosh' },
  ],
  ['DELETE', '/api/v1/namespaces/bosh/pods/a', { verb: 'delete', resource: 'pods', name: 'a', namespace: 'bosh' }],
  ['DELETE', '/api/v1/namespaces/bosh/pods', { verb: 'deletecollection', resource: 'pods', namespace: 'bosh' }],
  ['GET', '/api/v1/namespaces', { verb: 'list', resource: 'namespaces' }],
  ['GET', '/api/v1/namespaces/bosh', { verb: 'get', resource: 'namespaces', name: 'bosh' }],
  ['PUT', '/api/v1/namespaces/bosh/finalize', { verb: 'update', resource: 'namespaces/finalize', name: 'bosh' }],
  ['GET', '/api/v1/nodes/n1', { verb: 'get', resource: 'nodes', name: 'n1' }],
  [
    'PATCH',
    '/apis/snapshot.storage.k8s.io/v1/namespaces/bosh/volumesnapshots/s/status',
    { verb: 'patch', resource: 'volumesnapshots.snapshot.storage.k8s.io/status', name: 's', namespace: 'bosh' },
  ],
  ['GET', '/apis/storage.k8s.io/v1/storageclasses', { verb: 'list', resource: 'storageclasses.storage.k8s.io' }],
  ['GET', '/version', { verb: 'get', resource: '/version' }],
  ['GET', '/apis', { verb: 'get', resource: '/apis' }],
  ['GET', '/apis/storage.k8s.io/v1', { verb: 'get', resource: '/apis/storage.k8s.io/v1' }],
  ['GET', '/', { verb: 'get', resource: '/' }],
];

for (const [method, path, expected] of cases) {
  test(`${method} ${path}`, (t) => {
    t.deepEqual(operationOf(method, path), expected as never);
  });
}

test('names come back as they were before they were put into a path', (t) => {
  const name = fc.string({ minLength: 1 }).filter((text) => text.isWellFormed());
  fc.assert(
    fc.property(name, name, (namespace, pod) => {
      const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/exec`;
      const operation = operationOf('GET', path);
      return operation.namespace === namespace && operation.name === pod && operation.resource === 'pods/exec';
    }),
  );
  t.pass();
});

test('no path makes it throw', (t) => {
  fc.assert(fc.property(fc.string(), (path) => typeof operationOf('GET', `/api/v1/${path}`).resource === 'string'));
  fc.assert(fc.property(fc.string(), (path) => typeof operationOf('GET', path).verb === 'string'));
  t.pass();
});

import { metadataOf, type Step } from '../steps.ts';

const secrets = '/api/v1/namespaces/{ns}/secrets';
const pods = '/api/v1/namespaces/{ns}/pods';
const spec = { schedulerName: 'none', automountServiceAccountToken: false, containers: [{ name: 'c', image: 'a:1' }] };

/** Preconditions, grace, finalizers. */
export const deletions: readonly Step[] = [
  { name: 'create', method: 'POST', path: secrets, body: { metadata: { name: 'a' } } },
  { name: 'another uid', method: 'DELETE', path: `${secrets}/a`, body: { preconditions: { uid: 'other' } } },
  {
    name: 'another version',
    method: 'DELETE',
    path: `${secrets}/a`,
    body: { preconditions: { resourceVersion: '1' } },
  },
  { name: 'dry run', method: 'DELETE', path: `${secrets}/a?dryRun=All` },
  { name: 'dry run in the body', method: 'DELETE', path: `${secrets}/a`, body: { dryRun: ['All'] } },
  { name: 'dry run of another kind', method: 'DELETE', path: `${secrets}/a?dryRun=Some` },
  { name: 'bad propagation', method: 'DELETE', path: `${secrets}/a`, body: { propagationPolicy: 'Sideways' } },
  {
    name: 'right uid',
    method: 'DELETE',
    path: `${secrets}/a`,
    body: (seen) => ({ preconditions: { uid: metadataOf(seen, 'create').uid } }),
  },
  { name: 'again', method: 'DELETE', path: `${secrets}/a` },
  {
    name: 'with finalizer',
    method: 'POST',
    path: secrets,
    body: { metadata: { name: 'f', finalizers: ['example.com/hold'] } },
  },
  { name: 'held', method: 'DELETE', path: `${secrets}/f` },
  { name: 'held again', method: 'DELETE', path: `${secrets}/f` },
  {
    name: 'new finalizer while going',
    method: 'PATCH',
    path: `${secrets}/f`,
    body: { metadata: { finalizers: ['example.com/hold', 'example.com/more'] } },
    type: 'merge',
  },
  { name: 'create over one that is going', method: 'POST', path: secrets, body: { metadata: { name: 'f' } } },
  { name: 'let go', method: 'PATCH', path: `${secrets}/f`, body: { metadata: { finalizers: null } }, type: 'merge' },
  { name: 'gone', method: 'GET', path: `${secrets}/f` },
  { name: 'pod', method: 'POST', path: pods, body: { metadata: { name: 'p' }, spec } },
  { name: 'pod without node goes at once', method: 'DELETE', path: `${pods}/p` },
  { name: 'pod gone', method: 'GET', path: `${pods}/p` },
  { name: 'pod on a node', method: 'POST', path: pods, body: { metadata: { name: 'q' }, spec } },
  {
    name: 'bind',
    method: 'POST',
    path: `${pods}/q/binding`,
    body: { metadata: { name: 'q' }, target: { kind: 'Node', name: 'absent-node' } },
  },
  {
    name: 'bind again',
    method: 'POST',
    path: `${pods}/q/binding`,
    body: { metadata: { name: 'q' }, target: { kind: 'Node', name: 'absent-node' } },
  },
  { name: 'pod with another uid', method: 'DELETE', path: `${pods}/q`, body: { preconditions: { uid: 'other' } } },
  { name: 'pod with grace', method: 'DELETE', path: `${pods}/q`, body: { gracePeriodSeconds: 100 } },
  { name: 'longer grace changes nothing', method: 'DELETE', path: `${pods}/q`, body: { gracePeriodSeconds: 200 } },
  { name: 'shorter grace', method: 'DELETE', path: `${pods}/q`, body: { gracePeriodSeconds: 50 } },
  {
    name: 'patch while going',
    method: 'PATCH',
    path: `${pods}/q`,
    body: { metadata: { annotations: { a: 'b' } } },
    type: 'merge',
  },
  { name: 'no grace', method: 'DELETE', path: `${pods}/q`, body: { gracePeriodSeconds: 0 } },
  { name: 'pod on a node gone', method: 'GET', path: `${pods}/q` },
  { name: 'a', method: 'POST', path: secrets, body: { metadata: { name: 'a', labels: { set: 'x' } } } },
  { name: 'b', method: 'POST', path: secrets, body: { metadata: { name: 'b', labels: { set: 'x' } } } },
  { name: 'c', method: 'POST', path: secrets, body: { metadata: { name: 'c', labels: { set: 'y' } } } },
  { name: 'collection', method: 'DELETE', path: `${secrets}?labelSelector=set%3Dx` },
  { name: 'rest', method: 'GET', path: secrets },
];

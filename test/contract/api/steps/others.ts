import type { Step } from '../steps.ts';

const budgets = '/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets';
const leases = '/apis/coordination.k8s.io/v1/namespaces/{ns}/leases';
const events = '/api/v1/namespaces/{ns}/events';
const attributes = '/apis/storage.k8s.io/v1/volumeattributesclasses';

/** The kinds a CPI touches now and then. */
export const others: readonly Step[] = [
  {
    name: 'budget',
    method: 'POST',
    path: budgets,
    body: { metadata: { name: 'a' }, spec: { minAvailable: 1, selector: { matchLabels: { none: 'such' } } } },
  },
  {
    name: 'budget with both',
    method: 'POST',
    path: budgets,
    body: { metadata: { name: 'b' }, spec: { minAvailable: 1, maxUnavailable: 1, selector: {} } },
  },
  {
    name: 'budget without version',
    method: 'PUT',
    path: `${budgets}/a`,
    body: { metadata: { name: 'a' }, spec: { minAvailable: 2 } },
  },
  { name: 'delete budget', method: 'DELETE', path: `${budgets}/a` },
  {
    name: 'lease',
    method: 'POST',
    path: leases,
    body: { metadata: { name: 'a' }, spec: { holderIdentity: 'x', leaseDurationSeconds: 10 } },
  },
  {
    name: 'lease without version',
    method: 'PUT',
    path: `${leases}/a`,
    body: { metadata: { name: 'a' }, spec: { holderIdentity: 'y' } },
  },
  { name: 'delete lease', method: 'DELETE', path: `${leases}/a` },
  {
    name: 'event',
    method: 'POST',
    path: events,
    body: {
      metadata: { name: 'e' },
      involvedObject: { kind: 'Pod', name: 'p', namespace: '{ns}' },
      reason: 'Because',
      message: 'text',
      type: 'Normal',
      count: 1,
    },
  },
  {
    name: 'event about another namespace',
    method: 'POST',
    path: events,
    body: {
      metadata: { name: 'f' },
      involvedObject: { kind: 'Pod', name: 'p', namespace: 'other' },
      reason: 'Because',
    },
  },
  {
    name: 'attributes',
    method: 'POST',
    path: attributes,
    body: { metadata: { name: '{ns}' }, driverName: 'nobody.example', parameters: { a: 'b' } },
  },
  {
    name: 'attributes without driver',
    method: 'POST',
    path: attributes,
    body: { metadata: { name: '{ns}-b' }, parameters: { a: 'b' } },
  },
  {
    name: 'attributes without parameters',
    method: 'POST',
    path: attributes,
    body: { metadata: { name: '{ns}-b' }, driverName: 'nobody.example' },
  },
  {
    name: 'other attributes',
    method: 'PATCH',
    path: `${attributes}/{ns}`,
    body: { parameters: { a: 'c' } },
    type: 'merge',
  },
  { name: 'delete attributes', method: 'DELETE', path: `${attributes}/{ns}` },
  {
    name: 'may I',
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: { spec: { resourceAttributes: { verb: 'get', resource: 'pods', namespace: '{ns}' } } },
  },
  {
    name: 'quota',
    method: 'POST',
    path: '/api/v1/namespaces/{ns}/resourcequotas?dryRun=All',
    body: { metadata: { name: 'q' }, spec: { hard: { pods: '1' } } },
  },
  {
    name: 'account',
    method: 'POST',
    path: '/api/v1/namespaces/{ns}/serviceaccounts',
    body: { metadata: { name: 'cpi' } },
  },
  {
    name: 'role',
    method: 'POST',
    path: '/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles',
    body: { metadata: { name: 'r' }, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] },
  },
  { name: 'bad namespace', method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: 'a.b' } } },
  {
    name: 'namespace',
    method: 'POST',
    path: '/api/v1/namespaces?dryRun=All',
    body: { metadata: { name: '{ns}-other' } },
  },
  { name: 'ready', method: 'GET', path: '/readyz' },
];

import { metadataOf, type Seen, type Step } from '../steps.ts';

const secrets = '/api/v1/namespaces/{ns}/secrets';
const continueOf = (seen: Seen, step: string) => metadataOf(seen, step).continue;
const make = (name: string, labels: Record<string, string>): Step => ({
  name: `create ${name}`,
  method: 'POST',
  path: secrets,
  body: { metadata: { name, labels } },
});

/** Paging and selectors. */
export const lists: readonly Step[] = [
  { name: 'empty', method: 'GET', path: secrets },
  make('a', { tier: 'one', kind: 'x' }),
  make('b', { tier: 'two', kind: 'x' }),
  make('c', { tier: 'three' }),
  make('d', { tier: 'one' }),
  { name: 'all', method: 'GET', path: secrets },
  { name: 'first page', method: 'GET', path: `${secrets}?limit=2` },
  {
    name: 'second page',
    method: 'GET',
    path: (seen) => `${secrets}?limit=2&continue=${continueOf(seen, 'first page')}`,
  },
  { name: 'page that fits', method: 'GET', path: `${secrets}?limit=4` },
  { name: 'page of a selection', method: 'GET', path: `${secrets}?limit=1&labelSelector=tier%3Done` },
  {
    name: 'selection, second page',
    method: 'GET',
    path: (seen) => `${secrets}?limit=1&labelSelector=tier%3Done&continue=${continueOf(seen, 'page of a selection')}`,
  },
  ...[
    'tier=one',
    'tier==one',
    'tier!=one',
    'tier in (one,two)',
    'tier notin (one, two)',
    'kind',
    '!kind',
    'tier=one,!kind',
    'tier in (one,three),kind notin (x)',
    'absent!=x',
    'tier=',
  ].map(
    (selector): Step => ({
      name: `labels ${selector}`,
      method: 'GET',
      path: `${secrets}?labelSelector=${encodeURIComponent(selector)}`,
    }),
  ),
  ...[
    'metadata.name=a',
    'metadata.name!=a',
    'metadata.name=a,metadata.namespace={ns}',
    'type=Opaque',
    'metadata.name=',
    'absent=x',
    'absent',
    'metadata.name',
  ].map(
    (selector): Step => ({
      name: `fields ${selector}`,
      method: 'GET',
      path: `${secrets}?fieldSelector=${selector.replaceAll('=', '%3D').replaceAll(',', '%2C')}`,
    }),
  ),
  { name: 'bad label selector', method: 'GET', path: `${secrets}?labelSelector=a%20b` },
  { name: 'bad limit', method: 'GET', path: `${secrets}?limit=x` },
  { name: 'bad token', method: 'GET', path: `${secrets}?limit=2&continue=x` },
  { name: 'bad version', method: 'GET', path: `${secrets}?resourceVersion=x` },
  { name: 'watch from a bad version', method: 'GET', path: `${secrets}?watch=1&resourceVersion=abc` },
  { name: 'pods by unknown field', method: 'GET', path: '/api/v1/namespaces/{ns}/pods?fieldSelector=spec.absent%3Dx' },
  { name: 'pods by node', method: 'GET', path: '/api/v1/namespaces/{ns}/pods?fieldSelector=spec.nodeName%3Dx' },
  { name: 'pods by phase', method: 'GET', path: '/api/v1/namespaces/{ns}/pods?fieldSelector=status.phase%3DRunning' },
  {
    name: 'pods by address',
    method: 'GET',
    path: '/api/v1/namespaces/{ns}/pods?fieldSelector=status.podIP%3D10.0.0.1',
  },
  {
    name: 'events by object',
    method: 'GET',
    path: '/api/v1/namespaces/{ns}/events?fieldSelector=involvedObject.name%3Dx%2CinvolvedObject.kind%3DPod%2Creason%3DFailed%2Ctype%3DWarning',
  },
  {
    name: 'claims by phase',
    method: 'GET',
    path: '/api/v1/namespaces/{ns}/persistentvolumeclaims?fieldSelector=status.phase%3DBound',
  },
  { name: 'volumes by phase', method: 'GET', path: '/api/v1/persistentvolumes?fieldSelector=status.phase%3DBound' },
  {
    name: 'budgets by name',
    method: 'GET',
    path: '/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets?fieldSelector=metadata.name%3Dx',
  },
];

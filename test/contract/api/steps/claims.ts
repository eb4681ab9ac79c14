import type { RawAnswer } from '../backends.ts';
import type { Step } from '../steps.ts';

const path = '/api/v1/namespaces/{ns}/persistentvolumeclaims';
const volumes = '/api/v1/persistentvolumes';
const classes = '/apis/storage.k8s.io/v1/storageclasses';

const good = {
  accessModes: ['ReadWriteOnce'],
  storageClassName: '{ns}-grows',
  resources: { requests: { storage: '100Mi' } },
};

function tried(name: string, spec: object): Step {
  return { name, method: 'POST', path: `${path}?dryRun=All`, body: { metadata: { name: 'p' }, spec } };
}

function change(name: string, claim: string, body: object): Step {
  return { name, method: 'PATCH', path: `${path}/${claim}`, body, type: 'merge' };
}

function grow(name: string, claim: string, storage: string): Step {
  return change(name, claim, { spec: { resources: { requests: { storage } } } });
}

function volume(name: string, object: string, claim: string, fields: object): Step {
  const spec = { accessModes: ['ReadWriteOnce'], claimRef: { namespace: '{ns}', name: claim }, ...fields };
  return { name, method: 'POST', path: volumes, body: { metadata: { name: object }, spec } };
}

const phaseOf = ({ body }: RawAnswer) => (body.status as { phase?: string } | undefined)?.phase;
const isBound = (answer: RawAnswer) => phaseOf(answer) === 'Bound';
const isNamed = ({ body }: RawAnswer) => (body.metadata as { annotations?: object }).annotations !== undefined;

/** Claims: rules, binding, growth, protection; classes and volumes. */
export const claims: readonly Step[] = [
  {
    name: 'class',
    method: 'POST',
    path: classes,
    body: {
      metadata: { name: '{ns}-grows' },
      provisioner: 'nobody.example',
      allowVolumeExpansion: true,
      volumeBindingMode: 'WaitForFirstConsumer',
    },
  },
  {
    name: 'class that is fixed',
    method: 'POST',
    path: classes,
    body: { metadata: { name: '{ns}-fixed' }, provisioner: 'nobody.example' },
  },
  { name: 'class without provisioner', method: 'POST', path: classes, body: { metadata: { name: '{ns}-bad' } } },
  {
    name: 'class with other parameters',
    method: 'PATCH',
    path: `${classes}/{ns}-fixed`,
    body: { parameters: { a: 'b' } },
    type: 'merge',
  },
  tried('good', good),
  tried('nothing', {}),
  tried('bad mode', { ...good, accessModes: ['RWO'] }),
  tried('once and more', { ...good, accessModes: ['ReadWriteOncePod', 'ReadWriteOnce'] }),
  tried('no size', { ...good, resources: {} }),
  tried('negative size', { ...good, resources: { requests: { storage: '-1Gi' } } }),
  tried('zero size', { ...good, resources: { requests: { storage: '0' } } }),
  tried('no quantity', { ...good, resources: { requests: { storage: '1xGi' } } }),
  tried('block', { ...good, volumeMode: 'Block' }),
  {
    name: 'create',
    method: 'POST',
    path,
    body: { metadata: { name: 'a', labels: { 'bosh.cloudfoundry.org/disk-id': 'x' } }, spec: good },
  },
  grow('grow while pending', 'a', '200Mi'),
  change('other modes', 'a', { spec: { accessModes: ['ReadWriteMany'] } }),
  change('other class', 'a', { spec: { storageClassName: 'other' } }),
  { name: 'volume without anything', method: 'POST', path: volumes, body: { metadata: { name: '{ns}-a' }, spec: {} } },
  volume('volume', '{ns}-a', 'a', {
    capacity: { storage: '100Mi' },
    csi: { driver: 'nobody.example', volumeHandle: 'x' },
    storageClassName: '{ns}-grows',
  }),
  { name: 'bound', method: 'GET', path: `${path}/a`, until: isBound },
  { name: 'volume bound', method: 'GET', path: `${volumes}/{ns}-a`, until: isBound },
  grow('grow', 'a', '200Mi'),
  grow('same size in other words', 'a', '209715200'),
  grow('shrink below the request', 'a', '150Mi'),
  grow('shrink to the capacity', 'a', '100Mi'),
  grow('shrink below the capacity', 'a', '50Mi'),
  change('other volume', 'a', { spec: { volumeName: 'other' } }),
  change('attributes', 'a', { spec: { volumeAttributesClassName: '{ns}-gold' } }),
  change('attributes taken away', 'a', { spec: { volumeAttributesClassName: null } }),
  change('metadata', 'a', { metadata: { annotations: { 'bosh.cloudfoundry.org/metadata': '{}' } } }),
  {
    name: 'create fixed',
    method: 'POST',
    path,
    body: { metadata: { name: 'b' }, spec: { ...good, storageClassName: '{ns}-fixed' } },
  },
  { name: 'provisioner named', method: 'GET', path: `${path}/b`, until: isNamed },
  volume('fixed volume', '{ns}-b', 'b', {
    capacity: { storage: '200Mi' },
    hostPath: { path: '/nowhere' },
    storageClassName: '{ns}-fixed',
  }),
  { name: 'fixed bound', method: 'GET', path: `${path}/b`, until: isBound },
  grow('grow fixed', 'b', '300Mi'),
  {
    name: 'without class',
    method: 'POST',
    path,
    body: { metadata: { name: 'c' }, spec: { ...good, storageClassName: '' } },
  },
  { name: 'remove claim', method: 'DELETE', path: `${path}/a` },
  { name: 'claim gone', method: 'GET', path: `${path}/a`, until: ({ status }) => status === 404 },
  {
    name: 'volume released',
    method: 'GET',
    path: `${volumes}/{ns}-a`,
    until: (answer) => phaseOf(answer) === 'Released',
  },
  { name: 'remove volume', method: 'DELETE', path: `${volumes}/{ns}-a` },
  { name: 'volume gone', method: 'GET', path: `${volumes}/{ns}-a`, until: ({ status }) => status === 404 },
  { name: 'remove fixed claim', method: 'DELETE', path: `${path}/b` },
  {
    name: 'fixed volume released',
    method: 'GET',
    path: `${volumes}/{ns}-b`,
    until: (answer) => phaseOf(answer) === 'Released',
  },
  { name: 'remove fixed volume', method: 'DELETE', path: `${volumes}/{ns}-b` },
  { name: 'remove class', method: 'DELETE', path: `${classes}/{ns}-grows` },
  { name: 'remove fixed class', method: 'DELETE', path: `${classes}/{ns}-fixed` },
];

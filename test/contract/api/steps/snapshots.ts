import type { Step } from '../steps.ts';

const group = '/apis/snapshot.storage.k8s.io/v1';
const path = `${group}/namespaces/{ns}/volumesnapshots`;

// Of a class nobody has: whatever makes snapshots in the cluster leaves them alone.
const spec = { volumeSnapshotClassName: '{ns}-none', source: { persistentVolumeClaimName: 'absent' } };

/** VolumeSnapshots are custom resources: no strategic merge, their kind in lists, no update without version. */
export const snapshots: readonly Step[] = [
  { name: 'group', method: 'GET', path: `${group}/volumesnapshots?labelSelector=none%3Dsuch` },
  {
    name: 'create',
    method: 'POST',
    path,
    body: {
      apiVersion: 'snapshot.storage.k8s.io/v1',
      kind: 'VolumeSnapshot',
      metadata: { name: 'a', labels: { a: 'b' } },
      spec,
    },
  },
  { name: 'get of nothing', method: 'GET', path: `${path}/absent` },
  { name: 'list', method: 'GET', path },
  { name: 'by field', method: 'GET', path: `${path}?fieldSelector=metadata.name%3Da` },
  { name: 'by unknown field', method: 'GET', path: `${path}?fieldSelector=status.phase%3Da` },
  {
    name: 'status',
    method: 'PATCH',
    path: `${path}/a/status`,
    body: { metadata: { labels: { no: 'effect' } }, status: { readyToUse: true, restoreSize: '1Gi' } },
    type: 'merge',
  },
  {
    name: 'status in the main resource',
    method: 'PATCH',
    path: `${path}/a`,
    body: { status: { readyToUse: false } },
    type: 'merge',
  },
  {
    name: 'spec',
    method: 'PATCH',
    path: `${path}/a`,
    body: { spec: { volumeSnapshotClassName: '{ns}-other' } },
    type: 'merge',
  },
  {
    name: 'strategic',
    method: 'PATCH',
    path: `${path}/a`,
    body: { metadata: { labels: { c: 'd' } } },
    type: 'strategic',
  },
  {
    name: 'put without version',
    method: 'PUT',
    path: `${path}/a`,
    body: {
      apiVersion: 'snapshot.storage.k8s.io/v1',
      kind: 'VolumeSnapshot',
      metadata: { name: 'a' },
      spec,
    },
  },
  {
    name: 'bad label',
    method: 'POST',
    path,
    body: {
      apiVersion: 'snapshot.storage.k8s.io/v1',
      kind: 'VolumeSnapshot',
      metadata: { name: 'b', labels: { a: 'b c' } },
      spec,
    },
  },
  { name: 'other uid', method: 'DELETE', path: `${path}/a`, body: { preconditions: { uid: 'other' } } },
  { name: 'delete', method: 'DELETE', path: `${path}/a` },
  { name: 'gone', method: 'GET', path: `${path}/a` },
];

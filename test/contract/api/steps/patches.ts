import { metadataOf, type Step } from '../steps.ts';

const maps = '/api/v1/namespaces/{ns}/configmaps';
const pods = '/api/v1/namespaces/{ns}/pods';

/** The three kinds of patches, and what they refuse. */
export const patches: readonly Step[] = [
  {
    name: 'create',
    method: 'POST',
    path: maps,
    body: { metadata: { name: 'a', labels: { one: '1', two: '2' } }, data: { x: '1', y: '2' } },
  },
  {
    name: 'merge',
    method: 'PATCH',
    path: `${maps}/a`,
    body: { metadata: { labels: { one: null, three: '3' } }, data: { x: 'changed', y: null } },
    type: 'merge',
  },
  { name: 'merge of nothing new', method: 'PATCH', path: `${maps}/a`, body: { data: { x: 'changed' } }, type: 'merge' },
  { name: 'dry run', method: 'PATCH', path: `${maps}/a?dryRun=All`, body: { data: { x: 'never' } }, type: 'merge' },
  { name: 'after the dry run', method: 'GET', path: `${maps}/a` },
  {
    name: 'with an old version',
    method: 'PATCH',
    path: `${maps}/a`,
    body: { metadata: { resourceVersion: '5' }, data: { x: 'z' } },
    type: 'merge',
  },
  {
    name: 'with the right version',
    method: 'PATCH',
    path: `${maps}/a`,
    body: (seen) => ({
      metadata: {
        resourceVersion: metadataOf(seen, 'after the dry run').resourceVersion,
      },
      data: { z: '3' },
    }),
    type: 'merge',
  },
  { name: 'with another uid', method: 'PATCH', path: `${maps}/a`, body: { metadata: { uid: '5' } }, type: 'merge' },
  { name: 'with another name', method: 'PATCH', path: `${maps}/a`, body: { metadata: { name: 'b' } }, type: 'merge' },
  { name: 'of nothing', method: 'PATCH', path: `${maps}/absent`, body: { data: {} }, type: 'merge' },
  {
    name: 'bad label',
    method: 'PATCH',
    path: `${maps}/a`,
    body: { metadata: { labels: { a: 'b c' } } },
    type: 'merge',
  },
  { name: 'of another type', method: 'PATCH', path: `${maps}/a`, body: {}, type: 'application/json' },
  {
    name: 'json: add and remove',
    method: 'PATCH',
    path: `${maps}/a`,
    body: [
      { op: 'add', path: '/data/new', value: 'n' },
      { op: 'remove', path: '/data/x' },
      { op: 'replace', path: '/metadata/labels/two', value: 'zwei' },
    ],
    type: 'json',
  },
  {
    name: 'json: test holds',
    method: 'PATCH',
    path: `${maps}/a`,
    body: [
      { op: 'test', path: '/data/new', value: 'n' },
      { op: 'add', path: '/metadata/annotations', value: { 'a/b': 'c' } },
    ],
    type: 'json',
  },
  {
    name: 'json: escaped path',
    method: 'PATCH',
    path: `${maps}/a`,
    body: [{ op: 'replace', path: '/metadata/annotations/a~1b', value: 'd' }],
    type: 'json',
  },
  {
    name: 'json: test fails',
    method: 'PATCH',
    path: `${maps}/a`,
    body: [{ op: 'test', path: '/data/new', value: 'other' }],
    type: 'json',
  },
  {
    name: 'json: remove of nothing',
    method: 'PATCH',
    path: `${maps}/a`,
    body: [{ op: 'remove', path: '/data/absent' }],
    type: 'json',
  },
  {
    name: 'json: no list',
    method: 'PATCH',
    path: `${maps}/a`,
    body: { op: 'remove', path: '/data/new' },
    type: 'json',
  },
  {
    name: 'pod',
    method: 'POST',
    path: pods,
    body: {
      metadata: { name: 'p' },
      spec: {
        schedulerName: 'none',
        automountServiceAccountToken: false,
        containers: [
          { name: 'one', image: 'a:1' },
          { name: 'two', image: 'b:1' },
        ],
      },
    },
  },
  {
    name: 'strategic: by name',
    method: 'PATCH',
    path: `${pods}/p`,
    body: { spec: { containers: [{ name: 'two', image: 'b:2' }] } },
    type: 'strategic',
  },
  {
    name: 'strategic: tolerations',
    method: 'PATCH',
    path: `${pods}/p`,
    body: { metadata: { labels: { a: 'b' } } },
    type: 'strategic',
  },
  {
    name: 'strategic: remove label',
    method: 'PATCH',
    path: `${pods}/p`,
    body: { metadata: { labels: { a: null } } },
    type: 'strategic',
  },
  {
    name: 'status: conditions by type',
    method: 'PATCH',
    path: `${pods}/p/status`,
    body: {
      status: { conditions: [{ type: 'Ready', status: 'False', lastProbeTime: null, lastTransitionTime: null }] },
    },
    type: 'strategic',
  },
  {
    name: 'status: another condition',
    method: 'PATCH',
    path: `${pods}/p/status`,
    body: {
      status: {
        phase: 'Running',
        conditions: [{ type: 'Initialized', status: 'True', lastProbeTime: null, lastTransitionTime: null }],
      },
    },
    type: 'strategic',
  },
  {
    name: 'status in the main resource',
    method: 'PATCH',
    path: `${pods}/p`,
    body: { status: { phase: 'Failed' } },
    type: 'merge',
  },
  {
    name: 'spec in the status',
    method: 'PATCH',
    path: `${pods}/p/status`,
    body: { spec: { nodeName: 'n' }, metadata: { labels: { from: 'status' } } },
    type: 'merge',
  },
];

import type { Step } from '../steps.ts';

const path = '/api/v1/namespaces/{ns}/pods';
const tried = `${path}?dryRun=All`;
const container = { name: 'c', image: 'registry.example/image:1' };
const base = { schedulerName: 'none' };

function pod(name: string, spec: object, metadata: object = {}): Step {
  return {
    name,
    method: 'POST',
    path: tried,
    body: { metadata: { name: 'p', ...metadata }, spec: { ...base, ...spec } },
  };
}

function oneContainer(name: string, fields: object, spec: object = {}): Step {
  return pod(name, { automountServiceAccountToken: false, containers: [{ ...container, ...fields }], ...spec });
}

/** Defaults and rules of pods. */
export const pods: readonly Step[] = [
  pod('least', { containers: [{ name: 'c', image: 'image' }] }),
  oneContainer(
    'machine',
    {
      command: ['/bin/bash', '/bosh-cpi/entrypoint'],
      securityContext: { privileged: true },
      startupProbe: { exec: { command: ['/bin/bash', '/bosh-cpi/agent-up'] }, periodSeconds: 1, failureThreshold: 300 },
      resources: { requests: { cpu: '500m', memory: '512Mi', 'ephemeral-storage': '1Gi' }, limits: { memory: '1Gi' } },
      env: [
        { name: 'BOSH_CPI_ADDRESSES', value: '10.0.0.1/32' },
        { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      ],
      ports: [{ containerPort: 6868 }],
      volumeMounts: [
        { name: 'settings', mountPath: '/bosh-cpi', readOnly: true },
        { name: 'vcap', mountPath: '/vcap' },
        { name: 'disk', mountPath: '/mnt/disk' },
      ],
    },
    {
      terminationGracePeriodSeconds: 30,
      enableServiceLinks: false,
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['10.0.0.2'] },
      volumes: [
        {
          name: 'settings',
          secret: { secretName: 'agent', items: [{ key: 'settings.json', path: 'settings.json' }], optional: false },
        },
        { name: 'vcap', emptyDir: { sizeLimit: '10Gi' } },
        { name: 'disk', persistentVolumeClaim: { claimName: 'disk' } },
        { name: 'host', hostPath: { path: '/run' } },
      ],
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: ['z1'] }] },
            ],
          },
        },
      },
      tolerations: [
        { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 30 },
      ],
    },
  ),
  oneContainer('guaranteed', { resources: { limits: { cpu: '1', memory: '1Gi' } } }),
  oneContainer('probes', { livenessProbe: { httpGet: { port: 80 } }, readinessProbe: { tcpSocket: { port: 80 } } }),
  oneContainer('image by digest', { image: `registry.example/image@sha256:${'a'.repeat(64)}` }),
  oneContainer('image latest', { image: 'registry.example:5000/image:latest' }),
  oneContainer('image with port and no tag', { image: 'registry.example:5000/image' }),
  pod('init containers', {
    automountServiceAccountToken: false,
    initContainers: [{ name: 'i', image: 'a:1' }],
    containers: [container],
  }),
  pod('no containers', {}),
  pod('bad name', { containers: [container] }, { name: 'P' }),
  oneContainer('no image', { image: '' }),
  oneContainer('bad container name', { name: 'C_' }),
  pod('same container twice', { containers: [container, container] }),
  oneContainer('bad restart policy', {}, { restartPolicy: 'Sometimes' }),
  oneContainer('bad dns policy', {}, { dnsPolicy: 'Sometimes' }),
  oneContainer('dns without servers', {}, { dnsPolicy: 'None' }),
  oneContainer('dns with an empty list', {}, { dnsPolicy: 'None', dnsConfig: { nameservers: [] } }),
  oneContainer(
    'dns with four servers',
    {},
    { dnsConfig: { nameservers: ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4'] } },
  ),
  oneContainer('dns with a bad server', {}, { dnsConfig: { nameservers: ['x'] } }),
  oneContainer('bad node selector', {}, { nodeSelector: { a: 'b c' } }),
  oneContainer('bad service account', {}, { serviceAccountName: 'absent' }),
  oneContainer('bad priority class', {}, { priorityClassName: 'absent' }),
  oneContainer('priority class', {}, { priorityClassName: 'system-node-critical' }),
  oneContainer(
    'same volume twice',
    {},
    {
      volumes: [
        { name: 'v', emptyDir: {} },
        { name: 'v', emptyDir: {} },
      ],
    },
  ),
  oneContainer('volume without source', {}, { volumes: [{ name: 'v' }] }),
  oneContainer('volume with two sources', {}, { volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/x' } }] }),
  oneContainer('volume name', {}, { volumes: [{ name: 'V_', emptyDir: {} }] }),
  oneContainer('secret without name', {}, { volumes: [{ name: 'v', secret: {} }] }),
  oneContainer('claim without name', {}, { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: '' } }] }),
  oneContainer('host path with dots', {}, { volumes: [{ name: 'v', hostPath: { path: '/a/../b' } }] }),
  oneContainer('mount of nothing', { volumeMounts: [{ name: 'v', mountPath: '/a' }] }),
  oneContainer(
    'same path twice',
    {
      volumeMounts: [
        { name: 'v', mountPath: '/a' },
        { name: 'v', mountPath: '/a' },
      ],
    },
    { volumes: [{ name: 'v', emptyDir: {} }] },
  ),
  oneContainer(
    'mount without path',
    { volumeMounts: [{ name: 'v', mountPath: '' }] },
    { volumes: [{ name: 'v', emptyDir: {} }] },
  ),
  oneContainer(
    'propagation without privilege',
    { volumeMounts: [{ name: 'v', mountPath: '/a', mountPropagation: 'Bidirectional' }] },
    { volumes: [{ name: 'v', emptyDir: {} }] },
  ),
  oneContainer('request above limit', { resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }),
  oneContainer('unknown resource', { resources: { requests: { disk: '2' } } }),
  oneContainer('negative request', { resources: { requests: { cpu: '-1' } } }),
  oneContainer('no quantity', { resources: { requests: { cpu: 'much' } } }),
  oneContainer('extended resource', { resources: { limits: { 'example.com/gpu': '1' } } }),
  oneContainer('bad variable', { env: [{ name: 'a=b' }] }),
  oneContainer('variable without name', { env: [{ name: '' }] }),
  oneContainer('port 0', { ports: [{ containerPort: 0 }] }),
  oneContainer('port 70000', { ports: [{ containerPort: 70_000 }] }),
  oneContainer('bad toleration', {}, { tolerations: [{ key: 'a', operator: 'Is' }] }),
  oneContainer('toleration without key', {}, { tolerations: [{ operator: 'Equal', value: 'x' }] }),
  oneContainer('toleration effect', {}, { tolerations: [{ key: 'a', effect: 'Never' }] }),
  oneContainer('hostname', {}, { hostname: 'A.b' }),
  oneContainer('pull policy', { imagePullPolicy: 'Maybe' }),
  oneContainer('privileged without escalation', {
    securityContext: { privileged: true, allowPrivilegeEscalation: false },
  }),
  {
    name: 'create',
    method: 'POST',
    path,
    body: {
      metadata: { name: 'kept', labels: { a: 'b' } },
      spec: { ...base, automountServiceAccountToken: false, containers: [container] },
    },
  },
  {
    name: 'create again',
    method: 'POST',
    path,
    body: { metadata: { name: 'kept' }, spec: { ...base, containers: [container] } },
  },
  {
    name: 'node selector later',
    method: 'PATCH',
    path: `${path}/kept`,
    body: { spec: { nodeSelector: { a: 'b' } } },
    type: 'merge',
  },
  {
    name: 'volume later',
    method: 'PATCH',
    path: `${path}/kept`,
    body: { spec: { volumes: [{ name: 'v', emptyDir: {} }] } },
    type: 'merge',
  },
  {
    name: 'no containers later',
    method: 'PATCH',
    path: `${path}/kept`,
    body: { spec: { containers: [] } },
    type: 'merge',
  },
  {
    name: 'image later',
    method: 'PATCH',
    path: `${path}/kept`,
    body: [{ op: 'replace', path: '/spec/containers/0/image', value: 'other:1' }],
    type: 'json',
  },
  {
    name: 'labels later',
    method: 'PATCH',
    path: `${path}/kept`,
    body: { metadata: { labels: { c: 'd' } } },
    type: 'merge',
  },
  { name: 'exec without node', method: 'GET', path: `${path}/kept/exec?command=true&container=c&stdout=1` },
  { name: 'exec in nothing', method: 'GET', path: `${path}/absent/exec?command=true&container=c&stdout=1` },
  { name: 'exec in another container', method: 'GET', path: `${path}/kept/exec?command=true&container=x&stdout=1` },
  { name: 'log without node', method: 'GET', path: `${path}/kept/log` },
];

import type { Step } from '../steps.ts';

const namespace = '/api/v1/namespaces/{ns}';
const LABEL = 'pod-security.kubernetes.io/enforce';

function enforce(level: string, version?: string): Step {
  const labels = { [LABEL]: level, ...(version === undefined ? {} : { [`${LABEL}-version`]: version }) };
  return { name: `enforce ${level}`, method: 'PATCH', path: namespace, body: { metadata: { labels } }, type: 'merge' };
}

function tried(name: string, spec: object): Step {
  const body = {
    metadata: { name: 'p' },
    spec: { schedulerName: 'none', automountServiceAccountToken: false, ...spec },
  };
  return { name, method: 'POST', path: `${namespace}/pods?dryRun=All`, body };
}

/** Admission sees the label a little later. */
function enforced(level: string): Step {
  const { body, path } = tried('', { containers: [{ ...plain, securityContext: { privileged: true } }] });
  const seen = (answer: { body: Record<string, unknown> }) => String(answer.body.message).includes(`"${level}:`);
  return { name: `${level} enforced`, method: 'POST', path, body, until: seen } as Step;
}

const plain = { name: 'c', image: 'a:1' };
const pods = (level: string): Step[] => [
  tried(`${level}: plain`, { containers: [plain] }),
  tried(`${level}: privileged`, { containers: [{ ...plain, securityContext: { privileged: true } }] }),
  tried(`${level}: two privileged`, {
    containers: [
      { ...plain, securityContext: { privileged: true } },
      { ...plain, name: 'd', securityContext: { privileged: true } },
    ],
  }),
  tried(`${level}: host`, {
    hostNetwork: true,
    hostPID: true,
    hostIPC: true,
    volumes: [
      { name: 'h', hostPath: { path: '/x' } },
      { name: 'i', hostPath: { path: '/y' } },
    ],
    containers: [plain],
  }),
  tried(`${level}: capabilities`, {
    containers: [
      { ...plain, securityContext: { capabilities: { drop: ['ALL'], add: ['SYS_ADMIN', 'NET_ADMIN', 'CHOWN'] } } },
    ],
  }),
  tried(`${level}: seccomp`, {
    securityContext: { seccompProfile: { type: 'Unconfined' } },
    containers: [{ ...plain, securityContext: { seccompProfile: { type: 'Unconfined' } } }],
  }),
  tried(`${level}: host port`, { containers: [{ ...plain, ports: [{ containerPort: 80, hostPort: 80 }] }] }),
  tried(`${level}: good`, {
    containers: [
      {
        ...plain,
        securityContext: {
          allowPrivilegeEscalation: false,
          runAsNonRoot: true,
          capabilities: { drop: ['ALL'] },
          seccompProfile: { type: 'RuntimeDefault' },
        },
      },
    ],
  }),
];

/** Pod Security admission, and quotas. */
export const security: readonly Step[] = [
  enforce('baseline'),
  enforced('baseline'),
  ...pods('baseline'),
  enforce('restricted', 'v1.30'),
  enforced('restricted'),
  ...pods('restricted'),
];

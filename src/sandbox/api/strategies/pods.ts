import type { V1PodSpec } from '@kubernetes/client-node/dist/gen/models/V1PodSpec.js';
import type { V1PodStatus } from '@kubernetes/client-node/dist/gen/models/V1PodStatus.js';
import { admitPodSecurity } from '../admission/pod-security.ts';
import { addDefaultTolerations, addServiceAccount, setPriority } from '../admission/pods.ts';
import { admitQuota } from '../admission/quota.ts';
import { view } from '../object.ts';
import type { Strategy } from '../strategy.ts';
import { validatePodSpec } from '../validation/pod.ts';
import { validatePodUpdate } from '../validation/pod-update.ts';
import { decodePod, defaultPodSpec, qosClass } from './pod-defaults.ts';

const DEFAULT_GRACE_SECONDS = 30;

export const pods: Strategy = {
  returnsDeleted: true,
  fields: {
    'spec.nodeName': (pod) => String(pod.spec?.nodeName ?? ''),
    'spec.restartPolicy': (pod) => String(pod.spec?.restartPolicy ?? ''),
    'spec.schedulerName': (pod) => String(pod.spec?.schedulerName ?? ''),
    'spec.serviceAccountName': (pod) => String(pod.spec?.serviceAccountName ?? ''),
    'spec.hostNetwork': (pod) => String(pod.spec?.hostNetwork ?? false),
    'status.phase': (pod) => String(pod.status?.phase ?? ''),
    'status.podIP': (pod) => String(pod.status?.podIP ?? ''),
    'status.podIPs': (pod) => String(pod.status?.podIP ?? ''),
    'status.nominatedNodeName': (pod) => String(pod.status?.nominatedNodeName ?? ''),
  },
  decode: decodePod,
  defaults: (pod) => defaultPodSpec(pod),
  defaultStatus(pod) {
    const { conditions = [] } = view<{ conditions?: Record<string, unknown>[] }>(pod.status ?? {});
    // Go's times are never left out.
    for (const condition of conditions) {
      condition.lastProbeTime ??= null;
      condition.lastTransitionTime ??= null;
    }
  },
  prepareCreate(pod, cluster) {
    const spec = view<V1PodSpec>(pod.spec ?? {});
    addServiceAccount(pod, cluster);
    setPriority(pod, cluster);
    addDefaultTolerations(spec);
    pod.status = { phase: 'Pending', qosClass: qosClass(spec) };
  },
  validate: (pod, { allowPrivileged }) => validatePodSpec(view<V1PodSpec>(pod.spec ?? {}), allowPrivileged),
  admit(pod, cluster) {
    admitPodSecurity(pod, cluster);
    admitQuota('pods', pod, cluster);
  },
  validateUpdate: (next, previous, { allowPrivileged }) => validatePodUpdate(next, previous, allowPrivileged),
  gracePeriod(pod, asked) {
    const spec = view<V1PodSpec>(pod.spec ?? {});
    const { phase } = view<V1PodStatus>(pod.status ?? {});
    // Nothing runs: there is no kubelet to wait for.
    if (!spec.nodeName || phase === 'Succeeded' || phase === 'Failed') return 0;
    const seconds = asked ?? spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
    return seconds < 0 ? 1 : seconds;
  },
};

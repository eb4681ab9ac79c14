import { randomInt } from 'node:crypto';
import type { V1PodSpec } from '@kubernetes/client-node/dist/gen/models/V1PodSpec.js';
import type { ClusterState } from '../cluster-state.ts';
import { type ApiObject, view } from '../object.ts';
import { resource } from '../resources.ts';
import { forbidden } from '../status.ts';

const PODS = resource('', 'pods');
const SERVICE_ACCOUNTS = resource('', 'serviceaccounts');
const PRIORITY_CLASSES = resource('scheduling.k8s.io', 'priorityclasses');
const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** The ServiceAccount plugin: the account must be there; its token is mounted unless that is switched off. */
export function addServiceAccount(pod: ApiObject, { store }: ClusterState): void {
  const spec = view<V1PodSpec>(pod.spec ?? {});
  spec.serviceAccountName ||= 'default';
  spec.serviceAccount = spec.serviceAccountName;
  const namespace = pod.metadata.namespace ?? '';
  const account = store.get(SERVICE_ACCOUNTS, namespace, spec.serviceAccountName);
  if (account === undefined) {
    const name = spec.serviceAccountName;
    throw forbidden(
      PODS,
      pod.metadata.name,
      `error looking up service account ${namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`,
    );
  }
  const pullSecrets = view<{ imagePullSecrets?: { name: string }[] }>(account).imagePullSecrets;
  if (spec.imagePullSecrets === undefined && pullSecrets !== undefined) spec.imagePullSecrets = pullSecrets;
  if ((spec.automountServiceAccountToken ?? account.automountServiceAccountToken) === false) return;
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  const bare = containers.filter(
    (container) => !container.volumeMounts?.some(({ mountPath }) => mountPath === TOKEN_PATH),
  );
  if (bare.length === 0) return;
  const name = `kube-api-access-${Array.from({ length: 5 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')}`;
  spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
  for (const container of bare) {
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath: TOKEN_PATH }];
  }
}

function tokenVolume(name: string) {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
      defaultMode: 0o644,
    },
  };
}

/** The Priority plugin: the class's value, or the global default's, or 0. */
export function setPriority(pod: ApiObject, { store }: ClusterState): void {
  const spec = view<V1PodSpec>(pod.spec ?? {});
  type PriorityClass = { value?: number; preemptionPolicy?: string; globalDefault?: boolean };
  let found: ApiObject | undefined;
  if (spec.priorityClassName) {
    found = store.get(PRIORITY_CLASSES, '', spec.priorityClassName);
    if (found === undefined) {
      throw forbidden(PODS, pod.metadata.name, `no PriorityClass with name ${spec.priorityClassName} was found`);
    }
  } else {
    found = store.list(PRIORITY_CLASSES, '').find((object) => view<PriorityClass>(object).globalDefault);
    if (found !== undefined) spec.priorityClassName = found.metadata.name;
  }
  const priorityClass = found === undefined ? {} : view<PriorityClass>(found);
  spec.priority = priorityClass.value ?? 0;
  spec.preemptionPolicy = priorityClass.preemptionPolicy ?? 'PreemptLowerPriority';
}

/** The DefaultTolerationSeconds plugin: five minutes on a node that is not ready or unreachable. */
export function addDefaultTolerations(spec: V1PodSpec): void {
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    const tolerated = (spec.tolerations ?? []).some(
      (toleration) =>
        (!toleration.key || toleration.key === key) && (!toleration.effect || toleration.effect === 'NoExecute'),
    );
    if (tolerated) continue;
    spec.tolerations = [
      ...(spec.tolerations ?? []),
      { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
    ];
  }
}

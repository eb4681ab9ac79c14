import { attachedToLabel } from '../../bosh/labels.ts';
import type { Cluster } from '../../kubernetes/cluster.ts';

/** One object as the demo shows it. */
export interface Shown {
  readonly kind: string;
  readonly name: string;
  /** Identity: a pod made anew has another one. */
  readonly uid: string;
  /** What is worth telling of it. */
  readonly detail: string;
}

interface ApiObject {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, never>>;
  readonly status?: Readonly<Record<string, never>>;
}

/** Kinds the CPI makes, with their path below the namespace and what to tell of each. */
const kinds: readonly { kind: string; path: string; detail: (object: ApiObject) => string }[] = [
  { kind: 'Pod', path: 'api/v1', detail: podDetail },
  { kind: 'Secret', path: 'api/v1', detail: () => "the VM's record: settings, desired pod, disks" },
  { kind: 'Service', path: 'api/v1', detail: ({ spec }) => `${spec?.type} ${spec?.clusterIP}` },
  { kind: 'PersistentVolumeClaim', path: 'api/v1', detail: claimDetail },
  { kind: 'PodDisruptionBudget', path: 'apis/policy/v1', detail: ({ spec }) => `at least ${spec?.minAvailable} stay` },
];

/** Everything the CPI has made in the namespace. */
export async function listObjects(cluster: Cluster): Promise<readonly Shown[]> {
  const lists = await Promise.all(
    kinds.map(async ({ kind, path, detail }) => {
      const url = `/${path}/namespaces/${cluster.namespace}/${kind.toLowerCase()}s`;
      const query = { labelSelector: 'app.kubernetes.io/managed-by=kubernetes-cpi' };
      const list = await cluster.json<{ items: readonly ApiObject[] }>({ method: 'GET', path: url, query });
      return list.items.map((object) => {
        const { name, uid } = object.metadata;
        return { kind, name, uid, detail: detail(object) };
      });
    }),
  );
  return lists.flat();
}

/** How an object differs from before: made, made anew under its name, changed, gone. */
export interface Change {
  readonly sign: '+' | '±' | '~' | '-';
  readonly object: Shown;
}

/** What changed between two listings, in the order of the later one, the gone at the end. */
export function compareObjects(before: readonly Shown[], after: readonly Shown[]): readonly Change[] {
  const key = ({ kind, name }: Shown) => `${kind}/${name}`;
  const old = new Map(before.map((object) => [key(object), object]));
  const now = new Set(after.map(key));
  const changes = after.flatMap((object): Change[] => {
    const was = old.get(key(object));
    if (was === undefined) return [{ sign: '+', object }];
    if (was.uid !== object.uid) return [{ sign: '±', object }];
    return was.detail === object.detail ? [] : [{ sign: '~', object }];
  });
  const gone = before.filter((object) => !now.has(key(object))).map((object): Change => ({ sign: '-', object }));
  return [...changes, ...gone];
}

function podDetail({ metadata, status }: ApiObject): string {
  const [container] = (status?.containerStatuses ?? []) as readonly { restartCount: number }[];
  const job = metadata.labels?.['bosh.cloudfoundry.org/instance_group'];
  const attachedTo = metadata.labels?.[attachedToLabel];
  if (attachedTo !== undefined) return `${status?.phase}, brings its disk to ${attachedTo}`;
  const parts: unknown[] = [status?.phase, status?.podIP];
  if (container?.restartCount) parts.push(`rebooted ${container.restartCount}×`);
  if (job !== undefined) parts.push(`instance group ${job}`);
  return parts.join(', ');
}

function claimDetail({ spec, status }: ApiObject): string {
  const resources = spec?.resources as { requests: { storage: string } } | undefined;
  const asked = resources?.requests.storage;
  const phase = status?.phase;
  return phase === 'Pending' ? `${asked}, Pending until a machine needs it` : `${asked}, ${phase}`;
}

import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { type Cluster, connect } from '../../src/kubernetes/cluster.ts';
import { loadKubeconfig, targetOf } from '../../src/kubernetes/kubeconfig.ts';
import { writeKubeconfig } from './kubeconfig.ts';

/** An object as a manifest has it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly subjects?: readonly { readonly namespace?: string }[];
  readonly [key: string]: unknown;
}

/** A namespace of a test's own, seen with the rights an installed CPI has. */
export interface Workspace {
  readonly namespace: string;
  /** Kubeconfig of ServiceAccount `kubernetes-cpi` in that namespace: bearer token, good for a day. */
  readonly kubeconfig: string;
  readonly server: string;
  /** PEM of the API server's authority. */
  readonly authority: string;
  readonly token: string;
  /** The administrator in that namespace, for preparing and looking. */
  readonly admin: Cluster;
  /** Deletes the namespace with everything in it, without waiting for it to be gone, and the kubeconfig. */
  remove(): Promise<void>;
}

const rights = join(import.meta.dirname, '../../manifests/rbac.yml');

/** Where a collection of this kind is; resources are the kind's plural, which our manifests' kinds all form with -s or -es. */
function pathOf({ apiVersion, kind, metadata }: Manifest): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  const plural = `${kind.toLowerCase()}${/(s|x|ch)$/i.test(kind) ? 'es' : 's'}`;
  return `${root}${scope}/${plural}/${metadata.name}`;
}

/** Applies objects on the server side, in their order: made where they are not, else changed to what is written. */
export async function applyManifests(cluster: Cluster, manifests: readonly Manifest[]): Promise<void> {
  for (const body of manifests) {
    await cluster.json({
      method: 'PATCH',
      path: pathOf(body),
      query: { fieldManager: 'test', force: true },
      contentType: 'application/apply-patch+yaml',
      body,
    });
  }
}

/**
 * The objects of `manifests/rbac.yml` for a namespace: what is in `bosh` there goes into it, and its binding to the
 * cluster-wide role gets a name of its own, so that namespaces do not take each other's.
 */
export function rightsFor(namespace: string, file = rights): Manifest[] {
  return (loadAll(readFileSync(file, 'utf8')) as Manifest[]).map((manifest) => {
    const { metadata, subjects } = manifest;
    const name = manifest.kind === 'ClusterRoleBinding' ? `${metadata.name}-${namespace}` : metadata.name;
    return {
      ...manifest,
      metadata: { ...metadata, name, ...(metadata.namespace === undefined ? {} : { namespace }) },
      ...(subjects === undefined ? {} : { subjects: subjects.map((subject) => ({ ...subject, namespace })) }),
    };
  });
}

async function tokenOf(admin: Cluster, namespace: string): Promise<string> {
  const answer = await admin.json<{ status: { token: string } }>({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/kubernetes-cpi/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 86_400 } },
  });
  return answer.status.token;
}

/**
 * Makes a namespace that allows privileged pods, applies `manifests/rbac.yml` in it and gives the ServiceAccount's token.
 * @param cluster with an administrator's kubeconfig, as startCluster answers it
 * @param namespace a fresh one when not given
 */
export async function createWorkspace(
  cluster: { readonly kubeconfig: string },
  namespace = `cpi-${randomUUID().slice(0, 8)}`,
): Promise<Workspace> {
  const target = targetOf(await loadKubeconfig({ paths: [cluster.kubeconfig] }));
  const admin = connect({ ...target, namespace });
  const labels = { 'pod-security.kubernetes.io/enforce': 'privileged' };
  const objects = rightsFor(namespace);
  await applyManifests(admin, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } },
    ...objects,
  ]);
  const token = await tokenOf(admin, namespace);
  const authority = target.tls.ca ?? '';
  const folder = await mkdtemp(join(tmpdir(), `${namespace}-`));
  const kubeconfig = writeKubeconfig(join(folder, 'kubeconfig'), 'cpi', target.server, authority, { token }, namespace);
  const remove = async (): Promise<void> => {
    rmSync(folder, { recursive: true, force: true });
    for (const object of objects.filter(({ kind }) => kind === 'ClusterRoleBinding')) {
      await admin.json({ method: 'DELETE', path: pathOf(object) });
    }
    await admin.json({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}` });
    admin.close();
  };
  return { namespace, kubeconfig, server: target.server, authority, token, admin, remove };
}

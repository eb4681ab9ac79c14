import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '../../src/kubernetes/cluster.ts';
import { loadKubeconfig, targetOf } from '../../src/kubernetes/kubeconfig.ts';

// What attachments.sh starts for a pod with networks of its own: the flow of Multus (k8snetworkplumbingwg/multus-cni), by the same annotation, the same
// objects and the same plugins. Source: Kubernetes Network Custom Resource Definition De-facto Standard 1.3; CNI specification 0.4.0.

const folder = '/run/node/attachments';
const kubeconfig = '/run/node/multus.kubeconfig';

interface Configuration {
  readonly type: string;
  readonly name: string;
  readonly cniVersion: string;
  readonly capabilities?: Readonly<Record<string, boolean>>;
  readonly runtimeConfig?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** An element of the pod's annotation. */
interface Selection {
  readonly name: string;
  readonly namespace?: string;
  readonly ips?: readonly string[];
  readonly mac?: string;
}

/** One more interface: how its plugin is called, with what. */
interface Delegate {
  readonly interface: string;
  readonly configuration: Configuration;
}

/**
 * The call of a plugin for a network that a pod names.
 * @param text the CNI configuration of its NetworkAttachmentDefinition
 * @param index in the annotation: the first one is on net1
 */
export function delegateOf(text: string, { name, ips, mac }: Selection, index: number): Delegate {
  const { capabilities = {}, ...configuration } = { name, cniVersion: '0.4.0', ...JSON.parse(text) } as Configuration;
  const asked = Object.entries({ ips, mac }).filter(([key, value]) => value !== undefined && capabilities[key]);
  const runtimeConfig = asked.length === 0 ? {} : { runtimeConfig: Object.fromEntries(asked) };
  return { interface: `net${index + 1}`, configuration: { ...configuration, ...runtimeConfig } as Configuration };
}

/** Calls a plugin with this process's environment. @returns its result @throws Error with what it says */
function call(type: string, command: 'ADD' | 'DEL', configuration: Configuration, CNI_IFNAME: string): string {
  const env = { ...process.env, CNI_COMMAND: command, CNI_IFNAME };
  const plugin = join(process.env.CNI_PATH ?? '', type);
  const { stdout, stderr, status, error } = spawnSync(plugin, {
    env,
    input: JSON.stringify(configuration),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${type} on ${CNI_IFNAME}: ${error?.message ?? ''}${stdout}${stderr}`);
  return stdout;
}

async function delegatesOf(selections: readonly Selection[], podNamespace: string): Promise<readonly Delegate[]> {
  const cluster = connect(targetOf(await loadKubeconfig({ paths: [kubeconfig] })));
  const delegates = selections.map(async (selection, index) => {
    const { name, namespace = podNamespace } = selection;
    const path = `/apis/k8s.cni.cncf.io/v1/namespaces/${namespace}/network-attachment-definitions/${name}`;
    const { spec } = await cluster.json<{ spec: { config: string } }>({ method: 'GET', path });
    return delegateOf(spec.config, selection, index);
  });
  try {
    return await Promise.all(delegates);
  } finally {
    cluster.close();
  }
}

async function main(): Promise<void> {
  const { CNI_COMMAND, CNI_CONTAINERID = '', CNI_ARGS = '', CNI_IFNAME = '' } = process.env;
  const configuration = JSON.parse(readFileSync(0, 'utf8')) as Configuration;
  const file = join(folder, CNI_CONTAINERID);
  if (CNI_COMMAND === 'DEL') {
    // the pod may be gone by now: what was made for it is in the file
    for (const delegate of (JSON.parse(readFileSync(file, 'utf8')) as Delegate[]).reverse()) {
      call(delegate.configuration.type, 'DEL', delegate.configuration, delegate.interface);
    }
    call('ptp', 'DEL', configuration, CNI_IFNAME);
    rmSync(file);
    return;
  }
  const result = call('ptp', 'ADD', configuration, CNI_IFNAME);
  const annotations = configuration.runtimeConfig?.['io.kubernetes.cri.pod-annotations'] ?? {};
  const selections = JSON.parse(annotations['k8s.v1.cni.cncf.io/networks'] ?? '[]') as readonly Selection[];
  const delegates = await delegatesOf(selections, /K8S_POD_NAMESPACE=([^;]*)/.exec(CNI_ARGS)?.[1] ?? '');
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, JSON.stringify(delegates));
  for (const delegate of delegates)
    call(delegate.configuration.type, 'ADD', delegate.configuration, delegate.interface);
  process.stdout.write(result);
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    process.stdout.write(JSON.stringify({ cniVersion: '0.4.0', code: 999, msg: String(error) }));
    process.exitCode = 1;
  }
}

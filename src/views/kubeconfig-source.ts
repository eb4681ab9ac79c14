import { type Configuration, preferencesFor, readConfiguration } from '../configuration/configuration.ts';
import { consolePaths } from '../configuration/paths.ts';
import { startInventory } from '../inventory/inventory.ts';
import { connect } from '../kubernetes/cluster.ts';
import { type Kubeconfig, loadKubeconfig, targetOf } from '../kubernetes/kubeconfig.ts';
import { type Log, openLog } from '../tui/log.ts';
import type { Session, Source, Where } from '../tui/session.ts';

/**
 * Sessions on the clusters of a kubeconfig, as the operator's configuration wants them.
 * @param path of the kubeconfig; kubectl's places when omitted
 */
export async function kubeconfigSource(path: string | undefined): Promise<Source> {
  const configuration = await readConfiguration(consolePaths(process.env).configuration);
  const kubeconfig = await loadKubeconfig(path === undefined ? {} : { paths: [path] });
  return sourceOf(kubeconfig, configuration);
}

/** The same of what was read already. */
export function sourceOf(kubeconfig: Kubeconfig, configuration: Configuration = { contexts: {}, aliases: {} }): Source {
  const log = openLog(consolePaths(process.env).log);
  return {
    contexts: async () => [...kubeconfig.contexts.keys()].sort(),
    open: async (where) => openSession({ kubeconfig, configuration, log }, where),
  };
}

interface Settings {
  readonly kubeconfig: Kubeconfig;
  readonly configuration: Configuration;
  readonly log: Log;
}

function openSession({ kubeconfig, configuration, log }: Settings, where: Where): Session {
  const target = targetOf(kubeconfig, where.context);
  const { namespace: preferred, ...preferences } = preferencesFor(configuration, target.context);
  const asked = where.allNamespaces ? '*' : (where.namespace ?? preferred ?? target.namespace);
  const namespace = asked === '*' ? undefined : asked;
  const cluster = connect(target, { log: log.call });
  return {
    context: target.context,
    namespace,
    cluster,
    inventory: startInventory(cluster, { namespace }),
    preferences: { ...preferences, aliases: configuration.aliases },
  };
}

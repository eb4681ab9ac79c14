import { type Configuration, preferencesFor, readConfiguration } from '../configuration/configuration.ts';
import { consolePaths } from '../configuration/paths.ts';
import { startInventory } from '../inventory/inventory.ts';
import { connect } from '../kubernetes/cluster.ts';
import { type Kubeconfig, loadKubeconfig, targetOf } from '../kubernetes/kubeconfig.ts';
import { type Log, openLog } from '../tui/log.ts';
import type { Session, Source, Where } from '../tui/session.ts';
import type { FindDirector } from './open-bosh.ts';

/**
 * Sessions on the clusters of a kubeconfig, as the operator's configuration wants them.
 * @param path of the kubeconfig; kubectl's places when omitted
 * @param environment Director by address or alias, as the bosh CLI takes it; what BOSH_ENVIRONMENT names when omitted
 */
export async function kubeconfigSource(path: string | undefined, environment: string | undefined): Promise<Source> {
  const configuration = await readConfiguration(consolePaths(process.env).configuration);
  const kubeconfig = await loadKubeconfig(path === undefined ? {} : { paths: [path] });
  const find: FindDirector = async () => {
    const { readTarget } = await import('../director/target.ts');
    return await readTarget(process.env, environment === undefined ? {} : { environment });
  };
  return sourceOf(kubeconfig, { configuration, find });
}

export interface SourceOptions {
  readonly configuration?: Configuration;
  /** Without a Director when omitted. */
  readonly find?: FindDirector;
}

/** The same of what was read already. */
export function sourceOf(
  kubeconfig: Kubeconfig,
  { configuration = { contexts: {}, aliases: {} }, find = async () => undefined }: SourceOptions = {},
): Source {
  const log = openLog(consolePaths(process.env).log);
  return {
    contexts: async () => [...kubeconfig.contexts.keys()].sort(),
    open: async (where) => openSession({ kubeconfig, configuration, log, find }, where),
  };
}

interface Settings {
  readonly kubeconfig: Kubeconfig;
  readonly configuration: Configuration;
  readonly log: Log;
  readonly find: FindDirector;
}

function openSession({ kubeconfig, configuration, log, find }: Settings, where: Where): Session {
  const target = targetOf(kubeconfig, where.context);
  const { namespace: preferred, ...preferences } = preferencesFor(configuration, target.context);
  const asked = where.allNamespaces ? '*' : (where.namespace ?? preferred ?? target.namespace);
  const namespace = asked === '*' ? undefined : asked;
  const cluster = connect(target, { log: log.call });
  const inventory = startInventory(cluster, { namespace });
  return {
    context: target.context,
    namespace,
    cluster,
    inventory,
    preferences: { ...preferences, aliases: configuration.aliases },
    openBosh: async () => (await import('./open-bosh.ts')).openBosh({ cluster, inventory, namespace }, find),
  };
}

import { readFileSync } from 'node:fs';
import { CloudError } from '../bosh/cloud-error.ts';
import type { Session } from '../bosh/session.ts';
import { type Cluster, connect } from '../kubernetes/cluster.ts';
import type { Target } from '../kubernetes/kubeconfig.ts';
import { type Config, callConfig } from './config.ts';
import { learnConfig, type Redactor } from './redaction.ts';

/** The clusters of one call, opened when first asked for. */
export interface Sessions {
  readonly session: (context: string | undefined) => Promise<Session>;
  readonly close: () => void;
}

/**
 * Reads the configuration; connects to nothing yet.
 * @param path configuration file
 * @param requestContext the request's context, which carries a cpi-config's properties
 * @throws CloudError CpiError when the file is missing or wrong
 */
export function openSessions(
  path: string,
  requestContext: Readonly<Record<string, unknown>>,
  redactor: Redactor,
  log: (line: string) => void,
): Sessions {
  const config = callConfig(readConfig(path), path, requestContext);
  learnConfig(redactor, config);
  const clusters = new Map<string | undefined, Cluster>();
  return {
    async session(context) {
      let cluster = clusters.get(context);
      if (cluster === undefined) {
        const target = await findTarget(config, context);
        cluster = connect(target, {
          log: (call) => {
            const name = call.name === undefined ? '' : ` ${call.name}`;
            const attempt = call.attempt > 1 ? ` (attempt ${call.attempt})` : '';
            log(
              `${call.verb} ${call.resource}${name} -> ${call.status} in ${Math.round(call.durationMs)} ms${attempt}`,
            );
          },
        });
        clusters.set(context, cluster);
      }
      const { agent, disks, network, timeouts, stemcell } = config;
      return { cluster, context, agent, disks, network, timeouts, registry: stemcell.registry, log };
    },
    close() {
      for (const cluster of clusters.values()) cluster.close();
    },
  };
}

function readConfig(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CloudError('CpiError', `configuration ${path}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

async function findTarget(config: Config, context: string | undefined): Promise<Target> {
  const { inClusterTarget, parseKubeconfig, targetOf } = await import('../kubernetes/kubeconfig.ts');
  const { namespace } = config;
  if (config.in_cluster !== undefined) {
    if (context !== undefined) {
      throw new CloudError('CpiError', `context ${context}: the configuration has none, it uses in_cluster`);
    }
    const { host, port, token_file: tokenFile, ca_file: caFile } = config.in_cluster;
    const target = inClusterTarget({
      host,
      port,
      ...(tokenFile !== undefined && { tokenFile }),
      ...(caFile !== undefined && { caFile }),
    });
    return namespace === undefined ? target : { ...target, namespace };
  }
  try {
    const kubeconfig = await parseKubeconfig(config.kubeconfig ?? '');
    const target = targetOf(kubeconfig, context ?? config.default_context);
    return namespace === undefined ? target : { ...target, namespace };
  } catch (error) {
    throw new CloudError('CpiError', `configuration: kubeconfig: ${(error as Error).message}`, { cause: error });
  }
}

import { auditFile } from '../actions/audit.ts';
import { type ActionSite, createSite } from '../actions/site.ts';
import { preferencesFor, readConfiguration } from '../configuration/configuration.ts';
import { consolePaths } from '../configuration/paths.ts';
import { connectDirector, type DirectorClient } from '../director/client.ts';
import { readTarget } from '../director/target.ts';
import { type Cluster, connect } from '../kubernetes/cluster.ts';
import { loadKubeconfig, targetOf } from '../kubernetes/kubeconfig.ts';
import type { ActionArgs } from './action-args.ts';

/** What a command acts on. */
export interface OpenSite {
  readonly site: ActionSite;
  readonly cluster: Cluster;
  readonly director: DirectorClient | undefined;
  readonly namespace: string;
  close(): void;
}

/** Opens the cluster, and the Director where one is configured, as a command line wants them. A command reads all it acts on when it acts: nothing is ever stale. */
export async function openSite(args: ActionArgs): Promise<OpenSite> {
  const { kubeconfig, context, environment } = args;
  const target = targetOf(await loadKubeconfig(kubeconfig === undefined ? {} : { paths: [kubeconfig] }), context);
  const bosh = await readTarget(process.env, environment === undefined ? {} : { environment });
  if (bosh === undefined && args.through === 'director') {
    throw new Error('--through director: no Director is configured; set BOSH_ENVIRONMENT or --environment');
  }
  const paths = consolePaths(process.env);
  const preferences = preferencesFor(await readConfiguration(paths.configuration), target.context);
  const namespace = args.namespace ?? target.namespace;
  const cluster = connect({ ...target, namespace });
  const director = bosh && connectDirector(bosh);
  const site = createSite({
    cluster,
    director,
    audit: auditFile(paths.audit),
    readonly: () =>
      preferences.readonly ? `${paths.configuration} says readonly for context ${target.context}` : undefined,
  });
  return {
    site,
    cluster,
    director,
    namespace,
    close() {
      director?.close();
      cluster.close();
    },
  };
}

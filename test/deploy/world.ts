import { readFileSync } from 'node:fs';
import { connect } from '../../src/kubernetes/cluster.ts';
import { loadKubeconfig, targetOf } from '../../src/kubernetes/kubeconfig.ts';
import { importIntoCluster } from '../cluster/cluster.ts';
import { run } from '../cluster/command.ts';
import { initOf } from '../cluster/node.ts';
import { readState } from '../cluster/state.ts';
import { stemcell } from '../stemcell/build.ts';
import { bosh, tryBosh } from './cli.ts';
import { fixtures, ours, type Wish } from './fixtures.ts';
import { watchStarts } from './machines.ts';

export type World = Awaited<ReturnType<typeof openWorld>>;

/**
 * The Director of the environment and the cluster of its machines, with two stemcells on the node: the first has runit as
 * jammy does, the second systemd as noble does. What an earlier run left of ours is taken away.
 * @throws when the Director has deployments of somebody else: it would lose its orphaned disks here
 */
export async function openWorld() {
  const state = readState(process.env.BOSH_CLUSTER ?? '');
  const node = state?.processes.find(({ name }) => name === 'node');
  const init = node === undefined ? undefined : initOf(node);
  if (state === undefined || init === undefined) throw new Error('BOSH_CLUSTER names no cluster with a running node');
  const others = (await bosh('deployments')).rows.filter(({ name }) => name !== ours);
  if (others.length > 0) throw new Error(`the Director has deployments: ${others.map(({ name }) => name).join(', ')}`);
  await removeAll();
  const agent = process.env.BOSH_AGENT ?? '';
  const blobstore = process.env.BOSH_BLOBSTORE_DAV ?? '';
  const runit = await stemcell({ flavour: 'runit', agent, blobstore });
  const systemd = await stemcell({ flavour: 'systemd', agent, blobstore });
  for (const { archive } of [runit, systemd]) await importIntoCluster(state.name, archive);
  const target = targetOf(await loadKubeconfig({ paths: [state.kubeconfig] }));
  const cluster = connect({ ...target, namespace: process.env.BOSH_NAMESPACE || 'bosh' });
  const files = fixtures(state.serviceCidr);
  const starts = watchStarts(cluster);
  return {
    cluster,
    kubeconfig: state.kubeconfig,
    files,
    starts,
    images: { runit: runit.image, systemd: systemd.image },

    /** What is on the node of our machines' disks: their mounts, and folders for them. */
    async onNode(): Promise<readonly string[]> {
      const top = `/run/bosh-cpi/${cluster.namespace}`;
      const find = `[ ! -d ${top} ] || find ${top} -mindepth 2`;
      const folders = await run('nsenter', ['--target', String(init), '--mount', '/bin/sh', '-c', find]);
      const mounts = readFileSync(`/proc/${init}/mountinfo`, 'utf8').split('\n');
      return [...folders.split('\n'), ...mounts.filter((line) => line.includes(` ${top}/`))].filter(
        (line) => line !== '',
      );
    },

    /** The mark in the store of a disk that no machine has: volumes are folders of the node. */
    async markOf(claim: string): Promise<string> {
      const path = `/api/v1/namespaces/${cluster.namespace}/persistentvolumeclaims/${claim}`;
      const { spec } = await cluster.json<{ spec: { volumeName: string } }>({ method: 'GET', path });
      const file = `/run/node/volumes/${spec.volumeName}/ticker/first`;
      return (await run('nsenter', ['--target', String(init), '--mount', 'cat', file])).trim();
    },

    /** `bosh deploy` of the manifest for a wish. */
    deploy: (wish: Wish) => bosh('-d', ours, 'deploy', files.manifest(wish)),

    async close(): Promise<void> {
      await starts.stop();
      await removeAll();
      cluster.close();
    },
  };
}

/** Everything of ours from the Director, so that it has the CPI take it from the cluster. */
async function removeAll(): Promise<void> {
  await tryBosh('-d', ours, 'delete-deployment', '--force');
  await tryBosh('clean-up', '--all');
}

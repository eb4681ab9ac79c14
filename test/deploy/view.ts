import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../../src/kubernetes/cluster.ts';
import { listIn } from '../support/objects.ts';
import { bosh } from './cli.ts';
import { ours } from './fixtures.ts';
import { type Machine, machines, sh } from './machines.ts';

/** An instance as the Director has it, with its machine as Kubernetes has it. */
export interface Instance {
  /** `store/<id>` */
  readonly name: string;
  readonly state: string;
  /** Name of its pod. */
  readonly vm: string;
  readonly agent: string;
  /** Names of its claims. */
  readonly claims: readonly string[];
  readonly ips: readonly string[];
  readonly machine: Machine | undefined;
}

/** A CID without its context. */
export function nameOf(cid: string): string {
  return cid.replace(/^.*:/, '');
}

/** The instances of a group in the order of their index. */
export async function instances(cluster: Cluster, group = ''): Promise<readonly Instance[]> {
  const { rows } = await bosh('-d', ours, 'instances', '--details');
  const present = await machines(cluster);
  return rows
    .filter(({ instance }) => instance?.startsWith(group))
    .sort((a, b) => Number(a.index) - Number(b.index))
    .map((row) => {
      const vm = nameOf(row.vm_cid ?? '');
      return {
        name: row.instance ?? '',
        state: row.process_state ?? '',
        vm,
        agent: row.agent_id ?? '',
        claims: words(row.disk_cids).map(nameOf),
        ips: words(row.ips),
        machine: present.find(({ name }) => name === vm),
      };
    });
}

/** The instance of a group at a place, with its machine. */
export async function instance(
  cluster: Cluster,
  group: string,
  index = 0,
): Promise<Instance & { readonly machine: Machine }> {
  const found = (await instances(cluster, group))[index];
  if (found?.machine === undefined) throw new Error(`${group}/${index} has no machine: ${JSON.stringify(found)}`);
  return { ...found, machine: found.machine };
}

/** What is in the store of a machine: its mark, which is written once, and the seconds it was used. */
export async function storeOf(
  cluster: Cluster,
  vm: string,
): Promise<{ readonly mark: string; readonly ticks: number }> {
  const script =
    'mountpoint -q /var/vcap/store && cat /var/vcap/store/ticker/first && wc -l < /var/vcap/store/ticker/ticks';
  const [mark = '', ticks] = (await sh(cluster, vm, script)).split('\n');
  return { mark, ticks: Number(ticks) };
}

/** Names of the claims of the namespace with their capacity. */
export async function claims(cluster: Cluster): Promise<Readonly<Record<string, string>>> {
  interface Claim {
    readonly metadata: { readonly name: string };
    readonly status?: { readonly capacity?: { readonly storage: string } };
  }
  const found = await listIn<Claim>(cluster, cluster.namespace, 'persistentvolumeclaims');
  return Object.fromEntries(found.map(({ metadata, status }) => [metadata.name, status?.capacity?.storage ?? '']));
}

/** CIDs of disks that the Director keeps for whoever wants them back. */
export async function orphans(): Promise<readonly string[]> {
  return (await bosh('disks', '--orphaned')).rows.map(({ disk_cid }) => disk_cid ?? '');
}

/** Asks until it is so. @throws Error that says what was waited for */
export async function until(what: string, seconds: number, isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !(await isSo()); await sleep(200))
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
}

function words(text: string | undefined): readonly string[] {
  return (text ?? '').split(/\s+/).filter((word) => word !== '' && word !== '-');
}

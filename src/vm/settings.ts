import { CloudError } from '../bosh/cloud-error.ts';
import type { AgentDefaults } from '../bosh/session.ts';
import type { Network, Networks } from '../network/types.ts';

/** Where an agent keeps blobs when nobody names a blobstore: its own disk, as bosh-deployment has it for create-env. */
const localBlobstore = { provider: 'local', options: { blobstore_path: '/var/vcap/micro_bosh/data/cache' } };

/** What is read of `env.bosh`; the agent gets the whole. */
interface BoshEnv {
  readonly blobstores?: readonly unknown[];
  /** bosh-agent settings/settings.go, AgentEnv. */
  readonly agent?: { readonly settings?: { readonly tmpfs?: boolean } };
}

const tmpfsRefused =
  "env.bosh.agent.settings.tmpfs: a container's memory is lost with every restart, and the agent's certificates with it; remove it from the deployment's env";

/**
 * The settings an agent reads at its first start (bosh-agent settings/settings.go).
 *
 * Networks are `preconfigured`: the pod's address is set by the cluster, the agent does DNS alone. A dynamic network's address is left out: a Director
 * sends the machine's previous life's. `disks.persistent` stays empty: both callers hand disks over by add_persistent_disk.
 *
 * @throws CloudError NotSupported when the agent is asked to keep its settings in memory
 */
export function agentSettings(
  agentId: string,
  vm: string,
  networks: Networks,
  env: Readonly<Record<string, unknown>>,
  defaults: AgentDefaults,
): Record<string, unknown> {
  const bosh = env.bosh as BoshEnv | undefined;
  if (bosh?.agent?.settings?.tmpfs) throw new CloudError('NotSupported', tmpfsRefused);
  return {
    agent_id: agentId,
    vm: { name: vm, id: vm },
    mbus: defaults.mbus,
    ntp: defaults.ntp,
    blobstore: bosh?.blobstores?.[0] ?? defaults.blobstores[0] ?? localBlobstore,
    disks: { system: '', ephemeral: '', persistent: {} },
    networks: Object.fromEntries(Object.entries(networks).map(([name, network]) => [name, agentNetwork(network)])),
    env,
  };
}

function agentNetwork(network: Network): Record<string, unknown> {
  const { cloud_properties: _properties, ip, netmask, gateway, prefix, ...rest } = network;
  if (network.type === 'vip') return { ...rest, ip };
  const dynamic = network.type === 'dynamic';
  const address = dynamic
    ? {}
    : defined({ ip, netmask, gateway, prefix: prefix === undefined ? undefined : String(prefix) });
  return { ...rest, ...address, preconfigured: true };
}

function defined(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

import { dump } from 'js-yaml';
import type { Cluster } from '../../kubernetes/cluster.ts';
import { createDirector as createEmpty, type Director } from '../../sandbox/director/director.ts';
import type {
  Instance as DirectorInstance,
  InstancePlan,
  PlannedNetwork,
  Stemcell as UploadedStemcell,
} from '../../sandbox/director/model.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { type Agents, createAgents } from './agents.ts';
import { createCpi } from './cpi.ts';
import { type Deployment, type Instance, type Stemcell, uuid } from './plan.ts';

/** The Director's name, in what it tells the CPI of machines and disks. */
const DIRECTOR = 'demo';

/** Who runs the deployments. */
export const deployer = 'ci';

/** A Director over the CPI's own methods in this process, and the agents it talks to. */
export interface Foundation {
  readonly director: Director;
  readonly agents: Agents;
}

/**
 * @param cluster connection whose namespace the machines go to
 * @param sandbox the embedded cluster behind it
 */
export function createFoundation(cluster: Cluster, sandbox: Sandbox): Foundation {
  const agents = createAgents(sandbox, cluster.namespace);
  const backend = { call: createCpi(cluster), ask: agents.ask };
  const agentId = ({ id, lives }: DirectorInstance) => uuid('agent', id, lives);
  return { agents, director: createEmpty({ backend, name: DIRECTOR, uuid: uuid('director', DIRECTOR), agentId }) };
}

/** Uploads a stemcell unless it is there. */
export async function uploadStemcell({ director }: Foundation, wanted: Stemcell): Promise<UploadedStemcell> {
  const [, os = '', version = ''] = /ubuntu-(.+)-stemcell:(.+)$/.exec(wanted.image) ?? [];
  const found = director.stemcells.find((one) => one.operatingSystem === `ubuntu-${os}` && one.version === version);
  if (found !== undefined) return found;
  const properties = { image_reference: wanted.image, digest: wanted.digest };
  const cid = String(await director.backend.call('create_stemcell', '/var/vcap/data/tmp/image', properties));
  const name = `bosh-kubernetes-ubuntu-${os}`;
  const stemcell = { id: director.nextId(), name, operatingSystem: `ubuntu-${os}`, version, cid };
  director.stemcells.push(stemcell);
  return stemcell;
}

/** An instance as a Director keeps it, before it has a VM. */
export function recordInstance(instance: Instance, stemcell: UploadedStemcell): DirectorInstance {
  const { deployment, group, index, id, zone } = instance;
  const names = [DIRECTOR, deployment.name, group.name];
  const plan: InstancePlan = {
    stemcell,
    vmType: group.name,
    cloudProperties: {
      availability_zone: zone,
      resources: { requests: { cpu: group.cpu, memory: group.memory } },
      ephemeral_disk: { size: 10_240 },
    },
    networks: { default: networkOf(instance) },
    env: { bosh: { group: names.join('-'), groups: names, mbus: { cert: { certificate: 'of the demo' } } } },
    diskSize: group.disk,
    processes: [group.name],
  };
  const state = { state: 'detached', ignore: false, vm: undefined, lives: 0 } as const;
  return { deployment: deployment.name, group: group.name, index, id, zone, plan, disks: [], ...state };
}

function networkOf({ group, address, deployment }: Instance): PlannedNetwork {
  const common = { dns: ['10.96.0.10'], default: ['dns', 'gateway'], cloud_properties: {} };
  if (group.network === 'dynamic') return { type: 'dynamic', ...common };
  const gateway = `10.96.${deployment.subnet}.1`;
  return { type: 'manual', ip: address, netmask: '255.255.255.0', gateway, ...common };
}

/** What `bosh manifest` shows of a deployment. */
export function manifestOf({ name, groups }: Deployment, stemcell: UploadedStemcell): string {
  return dump({
    name,
    releases: [{ name, version: 'latest' }],
    stemcells: [{ alias: 'default', os: stemcell.operatingSystem, version: stemcell.version }],
    update: { canaries: 1, canary_watch_time: '1000-60000', update_watch_time: '1000-60000', max_in_flight: 8 },
    instance_groups: groups.map((group) => ({
      name: group.name,
      instances: group.instances,
      azs: ['z1', 'z2', 'z3'],
      stemcell: 'default',
      vm_type: group.name,
      networks: [{ name: 'default' }],
      ...(group.disk !== undefined && { persistent_disk: group.disk }),
      jobs: [{ name: group.name, release: name }],
    })),
  });
}

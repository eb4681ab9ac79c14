import type { Session } from '../../bosh/session.ts';
import { callConfig } from '../../cpi/config.ts';
import { findMethod } from '../../cpi/methods/index.ts';
import type { Cluster } from '../../kubernetes/cluster.ts';
import { type Instance, type Stemcell, uuid } from './plan.ts';

/** A VM of an instance. */
export interface Machine {
  readonly instance: Instance;
  readonly vm: string;
  readonly disk: string | undefined;
}

export interface CreateOptions {
  /** Counts the VMs an instance has had: each has an agent of its own. */
  readonly life?: number;
  /** A disk the instance has already. */
  readonly disk?: string | undefined;
  /** When this is said to happen, milliseconds since 1970; now when omitted. */
  readonly at?: number;
}

/** What a BOSH Director does, by the CPI's own methods in this process. */
export interface Director {
  uploadStemcell(stemcell: Stemcell): Promise<string>;
  /**
   * Makes an instance's VM, with a disk where its group has one.
   */
  create(instance: Instance, stemcell: string, options?: CreateOptions): Promise<Machine>;
  /** Deletes the VM; its disk stays. */
  remove(machine: Machine): Promise<void>;
  call(method: string, ...args: readonly unknown[]): Promise<unknown>;
}

const DIRECTOR = 'demo';

/** @param cluster connection whose namespace the machines go to */
export function createDirector(cluster: Cluster): Director {
  const settings = { kubeconfig: 'the one at hand', agent: { mbus: 'nats://10.96.0.10:4222' } };
  const { agent, disks, network, timeouts } = callConfig(JSON.stringify(settings), 'of the demo', {});
  const session: Session = { cluster, context: undefined, agent, disks, network, timeouts, log: () => undefined };

  async function call(method: string, ...args: readonly unknown[]): Promise<unknown> {
    return (await findMethod(method)).run({ session: async () => session, log: () => undefined }, args);
  }

  return {
    call,
    async uploadStemcell({ image, digest }) {
      return String(await call('create_stemcell', '/var/vcap/data/tmp/image', { image_reference: image, digest }));
    },
    async create(instance, stemcell, { life = 0, disk, at = Date.now() } = {}) {
      const { deployment, group, index, id } = instance;
      const agentId = uuid('agent', id, life);
      const answer = await call(
        'create_vm',
        agentId,
        stemcell,
        ...propertiesOf(instance),
        disk ? [disk] : [],
        env(instance),
      );
      const vm = String((answer as readonly unknown[])[0]);
      const about = { director: DIRECTOR, deployment: deployment.name, instance_group: group.name };
      await call('set_vm_metadata', vm, {
        ...about,
        job: group.name,
        id,
        index: String(index),
        name: `${group.name}/${id}`,
        created_at: time(at),
      });
      if (group.disk === undefined) return { instance, vm, disk: undefined };
      const attached = disk ?? String(await call('create_disk', group.disk, {}, vm));
      await call('attach_disk', vm, attached);
      await call('set_disk_metadata', attached, {
        ...about,
        instance_id: id,
        instance_index: String(index),
        attached_at: time(at),
      });
      return { instance, vm, disk: attached };
    },
    async remove({ vm, disk }) {
      if (disk !== undefined) await call('detach_disk', vm, disk);
      await call('delete_vm', vm);
    },
  };
}

function propertiesOf({ group, zone, address, deployment }: Instance): readonly [object, object] {
  const properties = {
    availability_zone: zone,
    resources: { requests: { cpu: group.cpu, memory: group.memory } },
    ephemeral_disk: { size: 10_240 },
  };
  const network = {
    type: 'manual',
    ip: address,
    netmask: '255.255.255.0',
    gateway: `10.96.${deployment.subnet}.1`,
    dns: ['10.96.0.10'],
    default: ['dns', 'gateway'],
    cloud_properties: {},
  };
  return [properties, { default: network }];
}

function env({ deployment, group }: Instance): object {
  const names = [DIRECTOR, deployment.name, group.name];
  return { bosh: { group: names.join('-'), groups: names, mbus: { cert: { certificate: 'of the demo' } } } };
}

/** A time as a Director writes it. */
function time(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

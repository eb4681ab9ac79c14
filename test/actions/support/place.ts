import { randomBytes, randomUUID } from 'node:crypto';
import type { ExecutionContext } from 'ava';
import type { AuditLine } from '../../../src/actions/audit.ts';
import type { Outcome, Planned, Progress } from '../../../src/actions/model.ts';
import { type ActionSite, createSite, type SiteOptions, sessionOf } from '../../../src/actions/site.ts';
import type { Session } from '../../../src/bosh/session.ts';
import { findMethod } from '../../../src/cpi/methods/index.ts';
import type { Cluster } from '../../../src/kubernetes/cluster.ts';
import type { Backend } from '../../support/backend.ts';
import { createNamespace } from '../../support/namespace.ts';
import { getIn, listIn } from '../../support/objects.ts';

/** A namespace with machines that a Director made, and a site on it to act from. */
export interface Place {
  readonly backend: Backend;
  readonly namespace: string;
  readonly site: ActionSite;
  /** Lines of the audit log. */
  readonly audit: AuditLine[];
  /** The same place seen by another operator, or with other options. */
  as(options: Partial<SiteOptions>): ActionSite;
  /** A CPI call, as the Director makes it. */
  cpi<T>(method: string, ...args: readonly unknown[]): Promise<T>;
  /** An instance's VM with a disk. */
  instance(
    group: string,
    index: number,
    attach?: 'hotplug' | 'recreate',
  ): Promise<{ vm: string; disk: string; id: string }>;
  get<T>(path: string): Promise<T | undefined>;
  list<T>(path: string): Promise<readonly T[]>;
  /** Every object of the namespace that an action could change, to compare. */
  objects(): Promise<unknown>;
}

const timeouts = {
  create_vm: 30,
  unschedulable: 5,
  delete_vm: 30,
  create_disk: 20,
  delete_disk: 20,
  attach_disk: 20,
  resize_disk: 20,
  snapshot_disk: 20,
};

export async function createPlace(t: ExecutionContext, backend: Backend): Promise<Place> {
  const { admin } = backend;
  const namespace = `act-${randomBytes(4).toString('hex')}`;
  const { remove } = await createNamespace(admin, namespace);
  t.teardown(remove);
  const audit: AuditLine[] = [];
  const cluster: Cluster = { ...admin, namespace };
  const options: SiteOptions = {
    cluster,
    director: undefined,
    audit: (line) => audit.push(line),
    operator: 'anna@desk',
    timeouts,
  };
  const site = createSite(options);
  const session = (attach: 'hotplug' | 'recreate'): Session => ({
    ...sessionOf(site, namespace),
    disks: { attach, access_mode: 'ReadWriteOnce', storage_class: backend.classes.waits },
    network: { strategy: 'service', ports: [22] },
    agent: { mbus: 'nats://10.0.0.6:4222', ntp: [], blobstores: [] },
  });
  const call = async (attach: 'hotplug' | 'recreate', method: string, args: readonly unknown[]) =>
    (await findMethod(method)).run({ session: async () => session(attach), log: () => undefined }, args);
  return {
    backend,
    namespace,
    site,
    audit,
    as: (other) => createSite({ ...options, ...other }),
    cpi: async <T>(method: string, ...args: readonly unknown[]) => (await call('hotplug', method, args)) as T,
    async instance(group, index, attach = 'hotplug') {
      const [agent, id] = [randomUUID(), randomUUID()];
      const properties = { node_labels: backend.nodeLabels };
      const networks = { default: { type: 'dynamic', cloud_properties: {} } };
      const made = await call(attach, 'create_vm', [agent, stemcell, properties, networks, [], { bosh: {} }]);
      const vm = String((made as readonly unknown[])[0]);
      const told = { director: 'prod', deployment: 'zk' };
      const about = { ...told, job: group, index: String(index), id, name: `${group}/${id}`, instance_group: group };
      await call(attach, 'set_vm_metadata', [vm, about]);
      const disk = String(await call(attach, 'create_disk', [1024, {}, vm]));
      await call(attach, 'attach_disk', [vm, disk]);
      const aboutDisk = { ...told, instance_group: group, instance_index: String(index), instance_id: id };
      await call(attach, 'set_disk_metadata', [disk, aboutDisk]);
      return { vm, disk, id };
    },
    get: (path) => getIn(admin, namespace, path),
    list: (path) => listIn(admin, namespace, path),
    async objects() {
      const paths = [
        'pods',
        'persistentvolumeclaims',
        'secrets',
        'services',
        'events',
        'coordination.k8s.io/v1/leases',
      ];
      const all = await Promise.all(paths.map((path) => listIn<object>(admin, namespace, path)));
      const volumes = await admin.json<{ items: readonly { spec: { claimRef?: { namespace?: string } } }[] }>({
        method: 'GET',
        path: '/api/v1/persistentvolumes',
      });
      return [...all, volumes.items.filter(({ spec }) => spec.claimRef?.namespace === namespace)];
    },
  };
}

const stemcell = `registry.test/noble@sha256:${'5'.repeat(64)}`;

/** Carries out what was planned, and checks that every step was told in its order. */
export async function carryOut(t: ExecutionContext, planned: Planned): Promise<Outcome> {
  const told: Progress[] = [];
  const outcome = await planned.run((progress) => told.push(progress));
  const ended = told.filter(({ state }) => state !== 'running').map(({ step }) => step);
  if (outcome.done)
    t.deepEqual(
      ended,
      planned.plan.steps.map((_step, index) => index),
    );
  return outcome;
}

/** A plan's steps as `VERB object`. */
export function stepsOf({ plan }: Planned): readonly string[] {
  return plan.steps.map(({ verb, object }) => `${verb} ${object}`);
}

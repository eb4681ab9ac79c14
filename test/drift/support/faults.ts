import type { DirectorInstance, DirectorView } from '../../../src/director/model.ts';
import {
  attachmentOf,
  claimOf,
  type createWorld,
  instanceOf,
  type MachinePlan,
  metadataOf,
  old,
  podOf,
  recordOf,
  scanOf,
  serviceOf,
} from './world.ts';

type World = ReturnType<typeof createWorld>;

/** The Director's side, while a test makes it. */
export interface Told {
  readonly instances: Map<string, DirectorInstance>;
  readonly fields: { -readonly [K in keyof DirectorView]?: DirectorView[K] };
}

/** Something that is wrong with one machine of a consistent pair of sides, or only looks so. */
export interface Fault {
  /** Changes one side or the other. @returns what must be found: rule and object */
  inject(world: World, told: Told, plan: MachinePlan): readonly string[];
  /** What a machine must have for it. */
  readonly needs?: 'disk' | 'service' | 'dynamic';
}

const agentLabel = 'bosh.cloudfoundry.org/agent-id';

function vmOf({ agent }: MachinePlan): string {
  return `agent-${agent}`;
}

function diskOf({ disks = [] }: MachinePlan): string {
  return disks[0] ?? '';
}

function withScan({ instances }: Told, { agent }: MachinePlan, fields: Parameters<typeof scanOf>[2]): void {
  const instance = instances.get(agent);
  if (instance?.scan !== undefined) instances.set(agent, { ...instance, scan: { ...instance.scan, ...fields } });
}

function removePod({ joins }: World, plan: MachinePlan): void {
  joins.sinks.pods.change([`pod ${vmOf(plan)}`], []);
}

function removeRecord({ joins }: World, plan: MachinePlan): void {
  joins.sinks.records.change([`record ${vmOf(plan)}`], []);
}

/** What its owner takes along. */
function removeOwned({ joins }: World, { agent, disks = [] }: MachinePlan): void {
  joins.sinks.services.change([`service of ${agent}`], []);
  joins.sinks.attachments.change(
    disks.map((disk) => `attachment ${disk}`),
    [],
  );
}

export const faults: Readonly<Record<string, Fault>> = {
  'address of a pod made again': {
    needs: 'dynamic',
    inject({ joins }, _told, plan) {
      joins.sinks.pods.change([], [podOf(plan, { address: '10.250.0.1' })]);
      return [`ip-differs ${vmOf(plan)}`];
    },
  },
  'Service deleted': {
    needs: 'service',
    inject({ joins }, _told, plan) {
      joins.sinks.services.change([`service of ${plan.agent}`], []);
      return [`ip-differs ${vmOf(plan)}`];
    },
  },
  'promised address changed': {
    needs: 'service',
    inject({ joins }, _told, plan) {
      const changed = { ...plan, promised: '10.96.99.99' };
      joins.sinks.pods.change([], [podOf(changed)]);
      joins.sinks.services.change([], [serviceOf(plan.agent, '10.96.99.99')]);
      return [`ip-differs ${vmOf(plan)}`];
    },
  },
  'Service selects another': {
    needs: 'service',
    inject({ joins }, _told, plan) {
      joins.sinks.services.change([], [serviceOf(plan.agent, plan.promised ?? '', { [agentLabel]: 'nobody' })]);
      return [`service-selector agent-${plan.agent}-net`];
    },
  },
  'VM gone': {
    inject(world, _told, plan) {
      removePod(world, plan);
      removeRecord(world, plan);
      removeOwned(world, plan);
      // a detached disk of a machine that is gone is told with the machine
      return [`vm-without-pod ${vmOf(plan)}`];
    },
  },
  'pod gone': {
    inject(world, _told, plan) {
      removePod(world, plan);
      return [`record-without-pod ${vmOf(plan)}`];
    },
  },
  'record gone': {
    inject(world, _told, plan) {
      removeRecord(world, plan);
      return [`record-missing ${vmOf(plan)}`];
    },
  },
  'record made again': {
    inject({ joins }, _told, plan) {
      joins.sinks.pods.change([], [podOf(plan, { record: 'an earlier one' })]);
      return [`record-differs ${vmOf(plan)}`];
    },
  },
  'Director forgot the VM': {
    inject(_world, { instances }, plan) {
      instances.delete(plan.agent);
      return [`pod-without-vm ${vmOf(plan)}`, ...(plan.disks ?? []).map((disk) => `unknown-claim ${disk}`)];
    },
  },
  'image not to be had': {
    inject({ joins }, _told, plan) {
      joins.sinks.pods.change([], [podOf(plan, { state: 'unpullable' })]);
      return [`pod-stuck ${vmOf(plan)}`];
    },
  },
  'deletion that does not end': {
    inject({ joins }, _told, plan) {
      joins.sinks.pods.change([], [podOf(plan, { leaving: old })]);
      return [`pod-stuck ${vmOf(plan)}`];
    },
  },
  'agent silent': {
    inject(_world, told, plan) {
      withScan(told, plan, { jobState: 'unresponsive agent' });
      return [`agent-unresponsive ${vmOf(plan)}`];
    },
  },
  'claim deleted': {
    needs: 'disk',
    inject({ joins }, _told, plan) {
      joins.sinks.claims.change([`claim ${diskOf(plan)}`], []);
      return [`disk-missing ${diskOf(plan)}`];
    },
  },
  'volume deleted': {
    needs: 'disk',
    inject({ joins }, _told, plan) {
      joins.sinks.claims.change([], [claimOf(diskOf(plan), { phase: 'Lost' })]);
      return [`disk-lost ${diskOf(plan)}`];
    },
  },
  'claim being deleted in use': {
    needs: 'disk',
    inject({ joins }, _told, plan) {
      joins.sinks.claims.change([], [claimOf(diskOf(plan), { leaving: true })]);
      return [`disk-leaving ${diskOf(plan)}`];
    },
  },
  'attachment deleted': {
    needs: 'disk',
    inject({ joins }, _told, plan) {
      joins.sinks.attachments.change([`attachment ${diskOf(plan)}`], []);
      return [`disk-detached ${diskOf(plan)}`];
    },
  },
  'disk orphaned in use': {
    needs: 'disk',
    inject(_world, told, plan) {
      const [cid = '', ...rest] = plan.disks ?? [];
      withScan(told, plan, { disks: rest });
      const { group, agent, deployment } = plan;
      const orphan = { cid, size: 1, deployment, instance: `${group}/id-${agent}`, orphaned: old };
      told.fields.orphanDisks = [...(told.fields.orphanDisks ?? []), orphan];
      return [`disk-orphaned-still-attached ${cid}`];
    },
  },
  'disk in two machines': {
    needs: 'disk',
    inject({ joins }, _told, plan) {
      // its own pod has it beside the attachment's machine
      const other = { ...plan, agent: `${plan.agent}-copy` };
      joins.sinks.pods.change([], [podOf(other, { claims: [diskOf(plan)], told: metadataOf(other, 'another') })]);
      joins.sinks.records.change([], [recordOf(other.agent)]);
      return [`disk-elsewhere ${diskOf(plan)}`];
    },
  },
  'disk in another machine': {
    needs: 'disk',
    inject({ joins }, _told, plan) {
      const other = { ...plan, agent: `${plan.agent}-thief` };
      joins.sinks.pods.change([], [podOf(other, { told: metadataOf(other, 'another') })]);
      joins.sinks.records.change([], [recordOf(other.agent)]);
      joins.sinks.attachments.change([], [attachmentOf(diskOf(plan), other.agent)]);
      return [`disk-elsewhere ${diskOf(plan)}`];
    },
  },
};

/** What looks wrong and is not. */
export const nearMisses: Readonly<Record<string, Fault>> = {
  "another Director's machine": {
    inject({ joins }, _told, plan) {
      const other = { ...plan, agent: `${plan.agent}-other` };
      joins.sinks.pods.change([], [podOf(other, { told: metadataOf(other, 'another') })]);
      return [];
    },
  },
  'a machine of create-env': {
    inject({ joins }, _told, plan) {
      const env = { ...plan, agent: `${plan.agent}-env` };
      const told = { deployment: 'bosh', director: 'bosh-init', job: 'bosh', index: '0' };
      joins.sinks.pods.change([], [podOf(env, { told })]);
      joins.sinks.records.change([], [recordOf(env.agent)]);
      joins.sinks.claims.change([], [claimOf(`disk-${env.agent}`, { told })]);
      joins.sinks.attachments.change([], [attachmentOf(`disk-${env.agent}`, env.agent)]);
      return [];
    },
  },
  'a machine that is being made': {
    inject({ joins, now }, _told, plan) {
      const young = { ...plan, agent: `${plan.agent}-young` };
      joins.sinks.records.change([], [recordOf(young.agent, now())]);
      joins.sinks.pods.change([], [podOf(young, { told: null, created: now(), state: 'starting' })]);
      return [];
    },
  },
  'a machine that is being deleted': {
    inject({ joins, now }, { instances }, plan) {
      joins.sinks.pods.change([], [podOf(plan, { leaving: now() + 30_000 })]);
      instances.delete(plan.agent);
      return (plan.disks ?? []).map((disk) => `unknown-claim ${disk}`);
    },
  },
  'a VM in another context': {
    inject({ now }, { instances }, plan) {
      const away = { ...plan, agent: `${plan.agent}-away`, context: 'east', disks: [`disk-${plan.agent}-away`] };
      instances.set(away.agent, instanceOf(away, now()));
      return [];
    },
  },
  'a detached instance': {
    inject({ now }, { instances }, plan) {
      const gone = { ...plan, agent: `${plan.agent}-detached`, disks: [] };
      const fields = { agentId: undefined, cid: undefined, ips: [], expectsVm: false };
      instances.set(gone.agent, instanceOf(gone, now(), { ...fields, scan: scanOf(now(), [], { state: 'detached' }) }));
      return [];
    },
  },
  'an ignored instance whose address differs': {
    needs: 'dynamic',
    inject({ joins }, told, plan) {
      withScan(told, plan, { ignored: true });
      joins.sinks.pods.change([], [podOf(plan, { address: '10.250.0.1' })]);
      return [];
    },
  },
  'an ignored instance that lost its record and its Service': {
    needs: 'service',
    inject({ joins }, told, plan) {
      withScan(told, plan, { ignored: true });
      joins.sinks.records.change([`record ${vmOf(plan)}`], []);
      joins.sinks.services.change([`service of ${plan.agent}`], []);
      return [];
    },
  },
  'a stopped instance whose agent is silent': {
    inject(_world, told, plan) {
      withScan(told, plan, { state: 'stopped', jobState: 'unresponsive agent' });
      return [];
    },
  },
  'an orphaned disk that nobody has': {
    inject({ joins }, { fields }, plan) {
      const cid = `disk-${plan.agent}-orphan`;
      joins.sinks.claims.change([], [claimOf(cid)]);
      const { group, agent, deployment } = plan;
      const orphan = { cid, size: 1, deployment, instance: `${group}/id-${agent}`, orphaned: old };
      fields.orphanDisks = [...(fields.orphanDisks ?? []), orphan];
      return [];
    },
  },
  'a claim younger than the scan': {
    inject({ joins, now }, _told, plan) {
      joins.sinks.claims.change([], [claimOf(`disk-${plan.agent}-new`, { created: now() + 1000 })]);
      return [];
    },
  },
  'a machine whose deployment is locked': {
    inject(world, { fields }, plan) {
      fields.locks = [
        ...(fields.locks ?? []),
        { type: 'deployment', resource: [`locked of ${plan.agent}`], task: '7' },
      ];
      const changing = { ...plan, agent: `${plan.agent}-changing`, deployment: `locked of ${plan.agent}` };
      world.joins.sinks.pods.change([], [podOf(changing)]);
      return [];
    },
  },
};

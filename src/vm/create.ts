import { isObjectName, parseCid } from '../bosh/cid.ts';
import { CloudError } from '../bosh/cloud-error.ts';
import { sha256 } from '../bosh/digest.ts';
import { addressAnnotation, labelValue } from '../bosh/labels.ts';
import type { Session } from '../bosh/session.ts';
import { chooseAttach } from '../disk/attach/choose.ts';
import { disksFreeToMount } from '../disk/users.ts';
import { isAlreadyExists, isApiError } from '../kubernetes/errors.ts';
import { planNetworks } from '../network/plan.ts';
import { requireGiven } from '../network/pod-address.ts';
import type { Networks } from '../network/types.ts';
import { converge } from './converge.ts';
import { deleteVm } from './delete.ts';
import { ensureEphemeralClaim, ephemeralClaimName } from './ephemeral-disk.ts';
import { planPod } from './pod.ts';
import { parseVmProperties } from './properties.ts';
import { createRecord, readRecord, type StoredRecord, type VmRecord } from './record.ts';
import { machineScripts } from './scripts.ts';
import { ensureService, planServices, sharedLabels } from './services.ts';
import { agentSettings } from './settings.ts';

/** The arguments of create_vm. */
export interface VmRequest {
  readonly agentId: string;
  /** Image reference. */
  readonly stemcell: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly networks: Networks;
  /** Persistent disks the VM is about to get, as the caller names them. */
  readonly disks: readonly string[];
  readonly env: Readonly<Record<string, unknown>>;
}

/**
 * Creates a VM and waits until its agent is up.
 *
 * A second call with the same arguments finishes what a first one began; with other arguments it replaces it. After a failure nothing is left, so a Director
 * may ask again.
 *
 * @returns the VM's name
 * @throws CloudError VMCreationFailed, CpiError (arguments) or CloudError (clashes)
 */
export async function createVm(session: Session, request: VmRequest): Promise<string> {
  const vm = `agent-${request.agentId}`;
  if (!isObjectName(vm) || vm.length > 63) {
    throw new CloudError('CpiError', 'agent_id: expected at most 57 lower-case letters, digits and dashes');
  }
  const plan = await planVm(session, vm, request);
  for (const network of plan.networks) await network.check?.(session);
  const begun = await writeRecord(session, vm, plan);
  try {
    await makeVm(session, vm, begun, plan);
    return vm;
  } catch (error) {
    session.log(`create_vm failed, removing what it made: ${(error as Error).message}`);
    const failure = creationFailed(error);
    try {
      await deleteVm(session, vm, begun.stored.uid);
    } catch (left) {
      const message = `${(failure as Error).message}; what was made could not be removed (${(left as Error).message}): delete VM ${vm}`;
      throw new CloudError('VMCreationFailed', message, { cause: error });
    }
    throw failure;
  }
}

type VmPlan = Awaited<ReturnType<typeof planVm>>;

/** Everything about the VM, decided before anything is made. */
async function planVm(session: Session, vm: string, request: VmRequest) {
  const { agentId, networks, env } = request;
  const properties = parseVmProperties(request.properties);
  const planned = planNetworks(vm, networks, session.network, properties.ports);
  const services = [...planServices(properties.services), ...planned.flatMap((network) => network.services ?? [])];
  refuseTwins(services.map(({ name }) => name));
  const group = (env.bosh as { group?: unknown } | undefined)?.group;
  const groupValue = typeof group === 'string' && group !== '' ? labelValue(group) : undefined;
  const ephemeralClaim = properties.ephemeral_disk?.class === undefined ? undefined : ephemeralClaimName(vm);
  const promised = planned.flatMap((network) => network.promised ?? []);
  const disks = request.disks.map((cid) => ({ cid, claim: parseCid(cid, 'disk').name }));
  const pod = planPod({
    vm,
    agentId,
    image: request.stemcell,
    properties,
    group: groupValue,
    ephemeralClaim,
    labels: sharedLabels(services),
    annotations: {
      ...Object.assign({}, ...planned.map((network) => network.annotations)),
      ...(promised.length > 0 && { [addressAnnotation]: promised.join(',') }),
    },
    addresses: planned.flatMap((network) => network.addresses ?? []),
  });
  const [attach, free] = await Promise.all([chooseAttach(session, vm, { pod }), disksFreeToMount(session, vm, disks)]);
  const record: VmRecord = {
    version: 1,
    agentId,
    request: sha256(JSON.stringify(request)),
    phase: 'creating',
    generation: 1,
    pod,
    attach,
    disks: free,
    services: services.filter(({ shared }) => !shared).map(({ name }) => name),
    sharedServices: services.filter(({ shared }) => shared).map(({ name }) => name),
    ...(ephemeralClaim !== undefined && { ephemeralClaim }),
    ...(groupValue !== undefined && { group: groupValue }),
  };
  const files = {
    ...machineScripts,
    'settings.json': JSON.stringify(agentSettings(agentId, vm, networks, env, session.agent)),
  };
  return { record, files, services, properties, networks: planned };
}

function refuseTwins(names: readonly string[]): void {
  const twin = names.find((name, index) => names.indexOf(name) !== index);
  if (twin !== undefined) throw new CloudError('CpiError', `cloud_properties.services: ${twin} is there twice`);
}

/** A record to go on from: new, or the one that the same call left. */
interface Begun {
  readonly stored: StoredRecord;
  readonly fresh: boolean;
}

/** Begins with a record of its own, or goes on with what the same call left; what another call left is removed first. */
async function writeRecord(session: Session, vm: string, { record, files }: VmPlan): Promise<Begun> {
  for (let attempt = 0; ; attempt++) {
    try {
      return { stored: await createRecord(session, vm, record, files), fresh: true };
    } catch (error) {
      if (!isAlreadyExists(error) || attempt >= 5) throw error;
    }
    const existing = await readRecord(session, vm);
    if (existing?.record.request === record.request && existing.record.phase !== 'deleting') {
      session.log(`adopting VM ${vm}, which an earlier call began`);
      return { stored: existing, fresh: false };
    }
    session.log(`replacing VM ${vm}, which an earlier call left`);
    await deleteVm(session, vm);
  }
}

async function makeVm(session: Session, vm: string, { stored, fresh }: Begun, plan: VmPlan): Promise<void> {
  const { uid, record } = stored;
  const { size, class: storageClass } = plan.properties.ephemeral_disk ?? {};
  await Promise.all([
    ...plan.services.map((service) => ensureService(session, vm, uid, record.agentId, service)),
    ...(storageClass !== undefined && size !== undefined
      ? [ensureEphemeralClaim(session, vm, uid, record.agentId, size, storageClass)]
      : []),
  ]);
  const pod = await converge(session, vm, fresh ? stored : undefined);
  requireGiven(pod, plan.networks);
}

/** A Director retries create_vm only on VMCreationFailed that says so: here that is safe, since everything was removed. */
function creationFailed(error: unknown): unknown {
  if (isApiError(error) && error.status === 403 && error.message.includes('exceeded quota')) {
    const message = `${error.message}: raise the ResourceQuota or free what it counts`;
    return new CloudError('VMCreationFailed', message, { cause: error });
  }
  if (isApiError(error) && error.message.includes('error looking up service account')) {
    const message = `${error.message}: apply manifests/rbac.yml in this namespace`;
    return new CloudError('VMCreationFailed', message, { cause: error });
  }
  return error;
}

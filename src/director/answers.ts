/** The Director's JSON, as it is recorded in test/fixtures/director/api, and what the model makes of it. */
import * as v from 'valibot';
import type {
  DirectorDeployment,
  DirectorEvent,
  DirectorInfo,
  DirectorInstance,
  DirectorLock,
  DirectorProblem,
  DirectorStemcell,
  DirectorTask,
  OrphanDisk,
  OrphanVm,
  Scan,
} from './model.ts';

const text = v.string();
const maybe = v.nullish(v.string());
const texts = v.nullish(v.array(v.string()), []);

/** Ruby's nil, an empty text and what is left out say the same. */
function orNone(given: string | null | undefined): string | undefined {
  return given || undefined;
}

/** Of `2026-11-23 01:09:00 UTC`, `2016-01-09 06:23:25 +0000` or RFC 3339. */
function timeOf(given: string | null | undefined): number | undefined {
  if (!given) return undefined;
  const iso = given.replace(/^(\S+) (\S+) (?:UTC|([+-]\d\d):?(\d\d))$/, (_, day, clock, hours, minutes) =>
    hours === undefined ? `${day}T${clock}Z` : `${day}T${clock}${hours}:${minutes}`,
  );
  const at = Date.parse(iso);
  return Number.isNaN(at) ? undefined : at;
}

export const infoAnswer = v.pipe(
  v.object({
    name: text,
    uuid: text,
    version: text,
    user: maybe,
    user_authentication: v.object({ type: v.string() }),
  }),
  v.transform(
    ({ user_authentication, user, ...rest }): DirectorInfo => ({
      ...rest,
      user: orNone(user),
      authentication: user_authentication.type === 'uaa' ? 'uaa' : 'basic',
    }),
  ),
);

export const deploymentsAnswer = v.array(
  v.pipe(
    v.object({ name: text, teams: texts, locked: v.nullish(v.boolean(), false) }),
    v.transform(({ locked, ...rest }): DirectorDeployment => ({ ...rest, locked: locked ?? false })),
  ),
);

/** Of `GET /deployments/:name/instances`; the deployment is not in it. */
export function instancesAnswer(deployment: string) {
  return v.array(
    v.pipe(
      v.object({
        job: text,
        index: v.number(),
        id: text,
        az: maybe,
        agent_id: maybe,
        cid: maybe,
        ips: texts,
        vm_created_at: maybe,
        expects_vm: v.nullish(v.boolean()),
      }),
      v.transform(
        ({ job, index, id, az, agent_id, cid, ips, vm_created_at, expects_vm }): DirectorInstance => ({
          deployment,
          group: job,
          index,
          id,
          zone: orNone(az),
          agentId: orNone(agent_id),
          cid: orNone(cid),
          ips,
          vmCreated: timeOf(vm_created_at),
          expectsVm: expects_vm ?? Boolean(cid),
          scan: undefined,
        }),
      ),
    ),
  );
}

/** One line of the result of `instances?format=full`. */
export function scannedAnswer(at: number) {
  return v.pipe(
    v.object({
      id: text,
      vm_cid: maybe,
      state: maybe,
      job_state: maybe,
      disk_cid: maybe,
      disk_cids: texts,
      ignore: v.nullish(v.boolean()),
      stemcell: v.nullish(v.object({ name: maybe, version: maybe })),
      processes: v.nullish(v.array(v.object({ name: text, state: maybe }))),
    }),
    v.transform((line): { readonly id: string; readonly cid: string | undefined; readonly scan: Scan } => ({
      id: line.id,
      cid: orNone(line.vm_cid),
      scan: {
        at,
        state: line.state ?? '',
        jobState: line.job_state ?? '',
        // a Director from before multi-disk instances says only the one
        disks: line.disk_cids.length > 0 || !line.disk_cid ? line.disk_cids : [line.disk_cid],
        ignored: line.ignore ?? false,
        stemcell:
          line.stemcell?.name && line.stemcell.version
            ? { name: line.stemcell.name, version: line.stemcell.version }
            : undefined,
        processes: (line.processes ?? []).map(({ name, state }) => ({ name, state: state ?? '' })),
      },
    })),
  );
}

export const orphanDisksAnswer = v.array(
  v.pipe(
    v.object({ disk_cid: text, size: v.number(), deployment_name: text, instance_name: text, orphaned_at: maybe }),
    v.transform(
      (disk): OrphanDisk => ({
        cid: disk.disk_cid,
        size: disk.size,
        deployment: disk.deployment_name,
        instance: disk.instance_name,
        orphaned: timeOf(disk.orphaned_at) ?? 0,
      }),
    ),
  ),
);

export const orphanVmsAnswer = v.array(
  v.pipe(
    v.object({ cid: text, deployment_name: text, instance_name: text, ip_addresses: texts, orphaned_at: maybe }),
    v.transform(
      (vm): OrphanVm => ({
        cid: vm.cid,
        deployment: vm.deployment_name,
        instance: vm.instance_name,
        ips: vm.ip_addresses,
        orphaned: timeOf(vm.orphaned_at) ?? 0,
      }),
    ),
  ),
);

export const locksAnswer = v.array(
  v.pipe(
    v.object({ type: text, resource: texts, task_id: maybe }),
    v.transform(({ type, resource, task_id }): DirectorLock => ({ type, resource, task: orNone(task_id) })),
  ),
);

/** One task, over or not. */
export const taskAnswer = v.pipe(
  v.object({
    id: v.number(),
    state: text,
    description: text,
    deployment: maybe,
    user: maybe,
    started_at: v.nullish(v.number()),
    result: maybe,
  }),
  v.transform(
    ({ id, state, description, deployment, user, started_at, result }): DirectorTask & { result: string } => ({
      id,
      state,
      description,
      deployment: orNone(deployment),
      user: user ?? '',
      started: started_at ? started_at * 1000 : undefined,
      result: result ?? '',
    }),
  ),
);

export const tasksAnswer = v.array(taskAnswer);

export const problemsAnswer = v.array(
  v.pipe(
    v.object({
      id: v.number(),
      type: text,
      description: text,
      instance_group: maybe,
      resolutions: v.array(v.object({ name: text, plan: text })),
    }),
    v.transform(({ instance_group, ...rest }): DirectorProblem => ({ ...rest, group: orNone(instance_group) })),
  ),
);

export const stemcellsAnswer = v.array(
  v.pipe(
    v.object({
      name: text,
      version: text,
      operating_system: maybe,
      cid: text,
      deployments: v.nullish(v.array(v.object({ name: text })), []),
    }),
    v.transform(
      ({ operating_system, deployments, ...rest }): DirectorStemcell => ({
        ...rest,
        os: orNone(operating_system),
        deployments: deployments.map(({ name }) => name),
      }),
    ),
  ),
);

export const eventsAnswer = v.array(
  v.pipe(
    v.object({
      id: text,
      timestamp: v.number(),
      user: maybe,
      action: text,
      object_type: text,
      object_name: maybe,
      error: maybe,
      task: maybe,
      deployment: maybe,
      instance: maybe,
    }),
    v.transform(
      (event): DirectorEvent => ({
        id: event.id,
        time: event.timestamp * 1000,
        user: orNone(event.user),
        action: event.action,
        type: event.object_type,
        name: orNone(event.object_name),
        error: orNone(event.error),
        task: orNone(event.task),
        deployment: orNone(event.deployment),
        instance: orNone(event.instance),
      }),
    ),
  ),
);

/** The Director's JSON, as it is recorded in test/fixtures/director/api, and what the model makes of it: what there is. */
import * as v from 'valibot';
import { maybe, orNone, text, texts, timeOf } from './fields.ts';
import type {
  DirectorDeployment,
  DirectorInfo,
  DirectorInstance,
  DirectorStemcell,
  InactiveVm,
  OrphanDisk,
  OrphanVm,
  Scan,
} from './model.ts';

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

/** Of `GET /deployments/:name/vms`, which has every VM of an instance: those that are not its own. */
export function inactiveVmsAnswer(deployment: string) {
  return v.pipe(
    v.array(v.object({ job: text, id: text, cid: maybe, active: v.boolean() })),
    v.transform((vms) =>
      vms.flatMap(({ job, id, cid, active }): InactiveVm[] =>
        active || !cid ? [] : [{ cid, deployment, instance: `${job}/${id}` }],
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

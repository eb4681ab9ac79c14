import * as v from 'valibot';
import { formatCid, parseCid } from '../../bosh/cid.ts';
import { createVm as create } from '../../vm/create.ts';
import { parseVmProperties } from '../../vm/properties.ts';
import { cidArgument, defineMethod } from '../method.ts';
import { isSameCluster } from './same-cluster.ts';

const hash = v.record(v.string(), v.unknown());
const network = v.looseObject({
  type: v.optional(v.string()),
  ip: v.optional(v.string()),
  netmask: v.optional(v.string()),
  gateway: v.optional(v.nullable(v.string())),
  dns: v.optional(v.nullable(v.array(v.string()))),
  default: v.optional(v.nullable(v.array(v.string()))),
});

/** create_vm: a pod with an agent that is up. Returns `[vm_cid, networks]`; of the latter a Director reads nothing. */
export const createVm = defineMethod(
  [
    ['agent_id', v.pipe(v.string(), v.nonEmpty('must not be empty'))],
    ['stemcell_cid', cidArgument],
    ['cloud_properties', hash],
    ['networks', v.record(v.string(), network)],
    ['disk_cids', v.optional(v.nullable(v.array(cidArgument)))],
    ['env', v.optional(v.nullable(hash))],
  ],
  async (call, agentId, stemcell, properties, networks, diskCids, env) => {
    const { context } = parseVmProperties(properties);
    // a disk of another cluster cannot be mounted here; BOSH moves its data by making a new one
    const disks: string[] = [];
    for (const cid of diskCids ?? []) {
      if (await isSameCluster(call, parseCid(cid, 'disk').context, context)) disks.push(cid);
    }
    const session = await call.session(context);
    const given = networks as Parameters<typeof create>[1]['networks'];
    const vm = await create(session, { agentId, stemcell, properties, networks: given, disks, env: env ?? {} });
    return [formatCid({ context, name: vm }), withoutProperties(networks)];
  },
);

/** Networks as they are answered: a Director logs the whole answer, and takes cloud_properties out of what it logs of a request. */
function withoutProperties(networks: Readonly<Record<string, v.InferOutput<typeof network>>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(networks).map(([name, { cloud_properties: _properties, ...rest }]) => [name, rest]),
  );
}

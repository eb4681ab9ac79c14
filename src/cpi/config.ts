import * as v from 'valibot';
import { CloudError } from '../bosh/cloud-error.ts';
import { checkInput, describeFlaws } from '../bosh/schema.ts';
import { defaultTimeouts, networkStrategies } from '../bosh/session.ts';

const seconds = (fallback: number) =>
  v.optional(v.pipe(v.number(), v.minValue(1, 'must be at least 1 second')), fallback);
const port = v.union([v.pipe(v.number(), v.integer('must be a whole number')), v.string()]);

/** The configuration file: what `bin/cpi` of the BOSH release renders. Every key is described in docs/configuration.md. */
export const configSchema = v.strictObject({
  /** A kubeconfig, as an object or as its YAML or JSON text. Its contexts are what CIDs and `cloud_properties.context` name. */
  kubeconfig: v.optional(v.union([v.string(), v.looseObject({})])),
  /** The service account of the pod that the Director runs in. The host is needed: a Director wipes the CPI's environment. */
  in_cluster: v.optional(
    v.strictObject({
      host: v.string(),
      port: v.optional(v.number(), 443),
      token_file: v.optional(v.string()),
      ca_file: v.optional(v.string()),
    }),
  ),
  default_context: v.optional(v.string()),
  /** Namespace of every object; the context's own namespace where absent. */
  namespace: v.optional(v.string()),
  agent: v.strictObject({
    mbus: v.string(),
    ntp: v.optional(v.array(v.string()), []),
    blobstores: v.optional(v.array(v.looseObject({})), []),
  }),
  disks: v.optional(
    v.strictObject({
      attach: v.optional(v.picklist(['auto', 'hotplug', 'recreate']), 'auto'),
      attachment_image: v.optional(v.string()),
      storage_class: v.optional(v.string()),
      access_mode: v.optional(v.picklist(['ReadWriteOnce', 'ReadWriteOncePod', 'ReadWriteMany']), 'ReadWriteOnce'),
    }),
    {},
  ),
  network: v.optional(
    v.strictObject({
      strategy: v.optional(v.picklist(networkStrategies), 'service'),
      ports: v.optional(v.pipe(v.array(port), v.minLength(1, 'needs at least one port')), [22, 6868]),
    }),
    {},
  ),
  stemcell: v.optional(
    v.strictObject({
      registry: v.optional(
        v.strictObject({
          repository: v.pipe(v.string(), v.nonEmpty('must not be empty')),
          username: v.optional(v.string()),
          password: v.optional(v.string()),
          ca: v.optional(v.string()),
          plain_http: v.optional(v.boolean(), false),
        }),
      ),
    }),
    {},
  ),
  timeouts: v.optional(
    v.strictObject({
      create_vm: seconds(defaultTimeouts.create_vm),
      unschedulable: seconds(defaultTimeouts.unschedulable),
      delete_vm: seconds(defaultTimeouts.delete_vm),
      create_disk: seconds(defaultTimeouts.create_disk),
      delete_disk: seconds(defaultTimeouts.delete_disk),
      attach_disk: seconds(defaultTimeouts.attach_disk),
      resize_disk: seconds(defaultTimeouts.resize_disk),
      snapshot_disk: seconds(defaultTimeouts.snapshot_disk),
    }),
    {},
  ),
});

export type Config = v.InferOutput<typeof configSchema>;

/** Keys of a request's context that are the caller's own; all others come from a cpi-config and override the file. */
const callerKeys: ReadonlySet<string> = new Set(['director_uuid', 'request_id', 'vm']);

/**
 * The configuration of one call: the file, with the cpi-config's properties over it (the Director puts them at the top of the request's context).
 * @param file text of the configuration file
 * @param path its path, for errors
 * @param context the request's context
 * @throws CloudError CpiError with the path of every flaw
 */
export function callConfig(file: string, path: string, context: Readonly<Record<string, unknown>>): Config {
  let document: unknown;
  try {
    document = JSON.parse(file);
  } catch {
    // V8's message quotes the text, which may be a credential
    throw new CloudError('CpiError', `configuration ${path} is not JSON`);
  }
  const overrides = Object.fromEntries(Object.entries(context).filter(([key]) => !callerKeys.has(key)));
  const merged = merge(document, overrides);
  const checked = checkInput(configSchema, merged);
  if ('flaws' in checked) {
    const where = Object.keys(overrides).length === 0 ? '' : ' with the cpi-config of the request';
    throw new CloudError('CpiError', `configuration ${path}${where}: ${describeFlaws(checked.flaws)}`);
  }
  const { kubeconfig, in_cluster: inCluster } = checked.value;
  if ((kubeconfig === undefined) === (inCluster === undefined)) {
    const flaw =
      kubeconfig === undefined ? 'kubeconfig: required, or in_cluster' : 'in_cluster: not together with kubeconfig';
    throw new CloudError('CpiError', `configuration ${path}: ${flaw}`);
  }
  return checked.value;
}

/** The second object laid over the first; lists and scalars are replaced. A cluster given one way takes the place of one given the other way. */
function merge(below: unknown, above: unknown): unknown {
  if (!isObject(below) || !isObject(above)) return above;
  const merged: Record<string, unknown> = { ...below };
  if ('kubeconfig' in above) delete merged.in_cluster;
  if ('in_cluster' in above) delete merged.kubeconfig;
  for (const [key, value] of Object.entries(above)) {
    merged[key] = key in merged && key !== 'kubeconfig' ? merge(merged[key], value) : value;
  }
  return merged;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

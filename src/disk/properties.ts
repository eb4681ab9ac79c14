import * as v from 'valibot';
import { CloudError } from '../bosh/cloud-error.ts';
import { checkInput, describeFlaws } from '../bosh/schema.ts';

/** `cloud_properties` of a disk: a `disk_types` entry of a cloud-config. */
const diskProperties = v.strictObject({
  context: v.optional(v.string()),
  storage_class: v.optional(v.string()),
  access_mode: v.optional(v.picklist(['ReadWriteOnce', 'ReadWriteOncePod', 'ReadWriteMany'])),
  volume_attributes_class: v.optional(v.string()),
});

export type DiskProperties = v.InferOutput<typeof diskProperties>;

/** @throws CloudError CpiError with the path of every flaw and, for an unknown key, the nearest known one */
export function parseDiskProperties(input: unknown): DiskProperties {
  const checked = checkInput(diskProperties, input ?? {});
  if ('flaws' in checked) throw new CloudError('CpiError', describeFlaws(checked.flaws, 'cloud_properties'));
  return checked.value;
}

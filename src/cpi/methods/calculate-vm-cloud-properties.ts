import * as v from 'valibot';
import { defineMethod } from '../method.ts';

const amount = v.pipe(v.number(), v.minValue(0, 'must not be negative'));

/**
 * calculate_vm_cloud_properties: cloud_properties for `vm_resources` of a manifest.
 * Memory is also the limit, as a machine of that size would have it; processors are not limited, so that idle ones can be used.
 */
export const calculateVmCloudProperties = defineMethod(
  [['vm_resources', v.looseObject({ cpu: amount, ram: amount, ephemeral_disk_size: amount })]],
  async (_call, { cpu, ram, ephemeral_disk_size: size }) => ({
    resources: { requests: { cpu: String(cpu), memory: `${ram}Mi` }, limits: { memory: `${ram}Mi` } },
    ephemeral_disk: { size },
  }),
);

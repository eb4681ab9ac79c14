import type { DiskCase, Rule, VmCase } from './rule.ts';
import { agentUnresponsive } from './rules/agent-unresponsive.ts';
import { attachmentStuck } from './rules/attachment-stuck.ts';
import { diskDetached } from './rules/disk-detached.ts';
import { diskElsewhere } from './rules/disk-elsewhere.ts';
import { diskLeaving } from './rules/disk-leaving.ts';
import { diskLost } from './rules/disk-lost.ts';
import { diskMissing } from './rules/disk-missing.ts';
import { diskOrphanedStillAttached } from './rules/disk-orphaned-still-attached.ts';
import { ipDiffers } from './rules/ip-differs.ts';
import { orphanedAttachment } from './rules/orphaned-attachment.ts';
import { orphanedVmStays } from './rules/orphaned-vm-stays.ts';
import { podStuck } from './rules/pod-stuck.ts';
import { podWithoutVm } from './rules/pod-without-vm.ts';
import { recordDiffers } from './rules/record-differs.ts';
import { recordMissing } from './rules/record-missing.ts';
import { recordWithoutPod } from './rules/record-without-pod.ts';
import { serviceSelector } from './rules/service-selector.ts';
import { serviceWithoutEndpoint } from './rules/service-without-endpoint.ts';
import { unknownClaim } from './rules/unknown-claim.ts';
import { vmWithoutPod } from './rules/vm-without-pod.ts';

/** docs/drift.md has all of them. */
export const vmRules: readonly Rule<VmCase>[] = [
  ipDiffers,
  vmWithoutPod,
  podWithoutVm,
  orphanedVmStays,
  recordWithoutPod,
  recordMissing,
  recordDiffers,
  podStuck,
  agentUnresponsive,
  serviceSelector,
  serviceWithoutEndpoint,
  orphanedAttachment,
];

export const diskRules: readonly Rule<DiskCase>[] = [
  diskMissing,
  diskLost,
  diskLeaving,
  diskElsewhere,
  diskDetached,
  diskOrphanedStillAttached,
  unknownClaim,
  attachmentStuck,
];

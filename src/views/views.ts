import type { ViewDefinition } from '../tui/view.ts';
import { disk } from './details/disk.tsx';
import { vm } from './details/vm.tsx';
import { disks } from './disks.ts';
import { drift } from './drift/drift.tsx';
import { finding } from './drift/finding.tsx';
import { events } from './events.ts';
import { overview } from './overview.tsx';
import { stemcells } from './stemcells.ts';
import { vms } from './vms.ts';

/** Every screen there is, in the order of help and completion. */
export const views: readonly ViewDefinition[] = [overview, vms, disks, stemcells, events, drift, vm, disk, finding];

import type { RepairName } from '../../drift/model.ts';

/** What a repair is to an operator. */
interface Repair {
  readonly title: string;
  /** What it does, and what it interrupts meanwhile. The plan has it exactly. */
  readonly interrupts: string;
}

export const repairs: Readonly<Record<RepairName, Repair>> = {
  'recreate-instance': {
    title: 'Recreate it through BOSH',
    interrupts: 'the machine is made anew: it is away for minutes, its disk stays',
  },
  'restart-agent': { title: 'Restart its agent', interrupts: 'no interruption: jobs keep running' },
  'reboot-vm': { title: 'Reboot the machine', interrupts: 'its jobs stop and start again' },
  'finish-vm': { title: 'Finish making it, from its record', interrupts: 'nothing: it is not there now' },
  'mend-service': { title: 'Give the Service its selector back', interrupts: 'no interruption' },
  'correct-address': { title: 'Correct the address written on it', interrupts: 'no interruption' },
  'remove-attachment': { title: 'Remove the stuck attachment', interrupts: 'no interruption: no machine uses it' },
  'delete-vm': { title: 'Delete the machine BOSH does not know', interrupts: 'it ends; its disks stay' },
  'delete-claim': { title: 'Delete the disk', interrupts: 'its data is gone for good' },
  'orphan-disk': { title: 'Orphan the disk', interrupts: 'its data is kept, no machine has it' },
  'reattach-disk': { title: 'Attach the disk again', interrupts: 'no interruption where disks come beside machines' },
  'resolve-problem': { title: 'Let BOSH resolve it (cck)', interrupts: 'as the Director says' },
};

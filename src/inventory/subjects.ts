import type { AttachmentFacts } from './attachment.ts';
import type { RecordFacts } from './machine.ts';
import type { Disk, DiskVolume, Machine, MachineService } from './model.ts';
import type { PodFacts } from './pod-facts.ts';

/** All that is known of the VM of one name, whatever part of it is there; what may not be read, or is not read yet, is undefined. */
export interface MachineSubject {
  /** Of its pod, or of its record where it has no pod. */
  readonly row: Machine | undefined;
  readonly pod: PodFacts | undefined;
  /** `none` when there is no record. */
  readonly record: RecordFacts | 'none' | undefined;
  readonly services: readonly MachineService[] | undefined;
  readonly attachments: readonly AttachmentFacts[] | undefined;
}

/** All that is known of the disk of one name. */
export interface DiskSubject {
  /** Undefined when there is no claim. */
  readonly row: Disk | undefined;
  /** Who has it: all of them, also those that are on their way out. */
  readonly users: readonly Machine[];
  readonly attachment: AttachmentFacts | undefined;
  readonly volume: DiskVolume | undefined;
}

/** What a change has touched, by `namespace/name`. */
export interface Touched {
  readonly machines: ReadonlySet<string>;
  readonly disks: ReadonlySet<string>;
}

/** The same knowledge as the rows, by the name of one machine or disk and with all its joins: what a comparison with BOSH looks at. */
export interface Subjects {
  machine(key: string): MachineSubject;
  disk(key: string): DiskSubject;
  /** Keys of all there are. */
  all(): Touched;
  /**
   * Calls back before each publication with what was looked at again. The sets are emptied afterwards.
   * @returns ends it
   */
  follow(listener: (touched: Touched) => void): () => void;
}

import type { AttachStrategyName, Session } from '../../bosh/session.ts';
import type { RecordedDisk, VmRecord } from '../../vm/record.ts';
import { hotplug } from './hotplug.ts';
import { recreate } from './recreate.ts';

/** A way of giving a machine a disk and taking it back. */
export interface AttachStrategy {
  /** Returns when the machine has the disk and its agent is up. The disk is not attached to it yet. */
  readonly attach: (session: Session, vm: string, disk: RecordedDisk) => Promise<void>;
  /** Returns when the machine no longer has the disk and its agent is up. The disk is attached to it. */
  readonly detach: (session: Session, vm: string, disk: RecordedDisk) => Promise<void>;
}

/** The strategy for a machine. One that was made for the other strategy is made anew once, for the configured one. */
export function attachStrategy(session: Session, record: VmRecord): AttachStrategy {
  const made: AttachStrategyName = record.attach ?? 'recreate';
  const asked = session.disks.attach === 'auto' ? made : session.disks.attach;
  return asked === 'hotplug' && made === 'hotplug' ? hotplug : recreate(asked);
}

import type { Session } from '../../bosh/session.ts';
import type { RecordedDisk } from '../../vm/record.ts';
import { recreate } from './recreate.ts';

/** A way of giving a machine a disk and taking it back. */
export interface AttachStrategy {
  /** Returns when the machine has the disk and its agent is up. The disk is not attached to it yet. */
  readonly attach: (session: Session, vm: string, disk: RecordedDisk) => Promise<void>;
  /** Returns when the machine no longer has the disk and its agent is up. The disk is attached to it. */
  readonly detach: (session: Session, vm: string, disk: RecordedDisk) => Promise<void>;
}

/** The strategy for a session's cluster. */
export function attachStrategy(_session: Session): AttachStrategy {
  return recreate;
}

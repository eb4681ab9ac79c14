import { appendFileSync, chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Through } from './model.ts';

/** One line of the audit log: an action that begins, and again how it ended. */
export interface AuditLine {
  /** RFC 3339. */
  readonly time: string;
  readonly who: string;
  readonly context: string;
  readonly namespace: string;
  readonly action: string;
  /** What it is about, e.g. `PersistentVolumeClaim/disk-5d0c…`. */
  readonly subject: string;
  readonly title: string;
  readonly through: Through;
  /** The plan's steps, `VERB object: what`. */
  readonly plan: readonly string[];
  /** `begun` before the first write; a line of another kind follows unless the process was killed. */
  readonly outcome: 'begun' | 'done' | 'failed' | 'refused';
  /** Proof, or why it failed or was refused. */
  readonly told: readonly string[];
}

/** Takes lines; throws when it cannot: an action that cannot be accounted for is not begun. */
export type Audit = (line: AuditLine) => void;

/**
 * The audit log of this operator: JSON lines in a file that nobody else may read.
 * @param path of the file; its folder is made
 */
export function auditFile(path: string): Audit {
  return (line) => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // one write a line: several processes may share the file
    appendFileSync(path, `${JSON.stringify(line)}\n`, { mode: 0o600 });
    chmodSync(path, 0o600);
  };
}

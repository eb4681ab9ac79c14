/** Where BOSH and Kubernetes disagree. */

/** `high`: something is broken, or data is at risk; `medium`: it will break at the next change; `low`: it only costs. */
export type Severity = 'high' | 'medium' | 'low';

/** What can be done about a finding; src/actions has one module for each. */
export type RepairName =
  | 'recreate-instance'
  | 'restart-agent'
  | 'reboot-vm'
  | 'finish-vm'
  | 'mend-service'
  | 'correct-address'
  | 'remove-attachment'
  | 'delete-vm'
  | 'delete-claim'
  | 'orphan-disk'
  | 'reattach-disk'
  | 'resolve-problem';

/** What a finding is about: enough to find the objects again at the moment of acting. */
export interface Subject {
  readonly kind: 'vm' | 'disk' | 'service' | 'attachment';
  /** `group/index`, or the object's name where BOSH knows none. */
  readonly label: string;
  readonly namespace: string;
  /** Name of the pod, claim or Service. */
  readonly name: string;
  readonly uid: string | undefined;
  readonly deployment: string | undefined;
  /** `group/id`, as the Director's paths take it. */
  readonly instance: string | undefined;
  readonly cid: string | undefined;
}

/** One side of a disagreement, for a side-by-side. */
export interface Side {
  /** E.g. `Director record`, `promised`, `pod`, `Service endpoints`, `BOSH DNS`. */
  readonly source: string;
  readonly value: string;
  readonly note: string | undefined;
}

export interface Finding {
  /** Always the same for the same disagreement: rule and subject, e.g. `ip-differs:bosh/agent-…`. */
  readonly id: string;
  /** Name of the rule's file in src/drift/rules. */
  readonly rule: string;
  readonly severity: Severity;
  readonly subject: Subject;
  /** What, in two or three words, e.g. `IP differs`. */
  readonly title: string;
  readonly expected: string;
  readonly actual: string;
  readonly sides: readonly Side[];
  /** What happened, and what it breaks: plain sentences. */
  readonly explanation: readonly string[];
  /** Safe for this finding, the best first; empty when a person must look. */
  readonly repairs: readonly RepairName[];
  /** Milliseconds since 1970. */
  readonly since: number;
}

import { hostname, userInfo } from 'node:os';
import { defaultTimeouts, type Session, type Timeouts } from '../bosh/session.ts';
import type { DirectorClient } from '../director/client.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import type { Audit } from './audit.ts';

/** Where actions are planned and carried out. */
export interface ActionSite {
  readonly cluster: Cluster;
  /** Undefined where there is none, or none is to be asked. */
  readonly director: DirectorClient | undefined;
  /** Why nothing may be changed here, a sentence; undefined: changes are allowed. */
  readonly readonly: () => string | undefined;
  /** Why what is known must not be acted on, a sentence; undefined: it is as good as new. */
  readonly stale: () => string | undefined;
  readonly audit: Audit;
  /** Who acts. */
  readonly operator: string;
  /** Bounds of waits. */
  readonly timeouts: Timeouts;
}

export type SiteOptions = Pick<ActionSite, 'cluster' | 'director' | 'audit'> &
  Partial<Pick<ActionSite, 'readonly' | 'stale' | 'operator' | 'timeouts'>>;

/** A site on which changes are allowed, by the user of this process, unless the options say otherwise. */
export function createSite(options: SiteOptions): ActionSite {
  const never = () => undefined;
  return { readonly: never, stale: never, operator: operatorName(), timeouts: defaultTimeouts, ...options };
}

/** `user@host`; a user without a name is a number. */
function operatorName(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    return `${process.getuid?.() ?? 'somebody'}@${hostname()}`;
  }
}

/**
 * A view of one namespace for the CPI's own code. Machines keep the way to their disks that they were made for; what only create_vm needs is empty.
 * @param log gets a line whenever the code waits or decides
 */
export function sessionOf(
  { cluster, timeouts }: ActionSite,
  namespace: string,
  log: (line: string) => void = () => undefined,
): Session {
  return {
    cluster: { ...cluster, namespace },
    context: undefined,
    agent: { mbus: '', ntp: [], blobstores: [] },
    disks: { attach: 'auto', access_mode: 'ReadWriteOnce' },
    network: { strategy: 'service', ports: [] },
    timeouts,
    log,
  };
}

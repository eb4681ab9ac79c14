import type { ActionSite } from '../actions/site.ts';
import type { DirectorFeed } from '../director/model.ts';
import type { Drift } from '../drift/drift.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import type { ThemeName } from './theme.ts';

/** One cluster being looked at. */
export interface Session {
  readonly context: string;
  /** Undefined: all namespaces. */
  readonly namespace: string | undefined;
  readonly cluster: Cluster;
  readonly inventory: Inventory;
  /** What the operator's configuration says of this context. */
  readonly preferences: Preferences;
  /**
   * Begins to look at BOSH's side, and to compare. Asked for when machines are on the screen: what it loads must not keep them waiting. Without a
   * Director there is still what records and Kubernetes tell.
   */
  openBosh(): Promise<Bosh>;
}

/** BOSH's side of a session, and where the two differ. */
export interface Bosh {
  readonly director: DirectorLink;
  readonly drift: Drift;
  /** Where actions are planned and carried out. */
  site(gates: Pick<ActionSite, 'readonly' | 'stale'>): ActionSite;
  close(): void;
}

/** The way to a Director. */
export type DirectorLink =
  /** None is configured. */
  | { readonly state: 'none' }
  /** What is configured is no way to one; the reason says what to mend. */
  | { readonly state: 'broken'; readonly reason: string }
  | { readonly state: 'there'; readonly feed: DirectorFeed };

/** What an operator set for good, for one context or for all. */
export interface Preferences {
  readonly readonly?: boolean | undefined;
  readonly theme?: ThemeName | undefined;
  /** Words of the command line, each for a longer one. */
  readonly aliases?: Readonly<Record<string, string>>;
}

/** Which cluster and namespace to look at; what is omitted is as the kubeconfig has it. */
export interface Where {
  readonly context?: string;
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
}

/** Where sessions come from. */
export interface Source {
  /** Names of the contexts there are. */
  contexts(): Promise<readonly string[]>;
  /** Begins to look at a cluster; what it finds comes in later. Throws when there is no way to it, e.g. no kubeconfig. */
  open(where: Where): Promise<Session>;
}

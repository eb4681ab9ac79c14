import type { V1ServiceSpec } from '@kubernetes/client-node/dist/gen/models/V1ServiceSpec.js';

/** A network as a Director or the CLI gives it to create_vm. */
export interface Network {
  readonly type?: string;
  readonly ip?: string;
  readonly prefix?: string | number;
  readonly netmask?: string;
  readonly gateway?: string;
  readonly dns?: readonly string[];
  readonly default?: readonly string[];
  readonly cloud_properties?: unknown;
}

export type Networks = Readonly<Record<string, Network>>;

/** A Service that a VM needs; its selector is made where it is created. */
export interface PlannedService {
  readonly name: string;
  readonly spec: V1ServiceSpec;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** One for every VM that names it. */
  readonly shared?: boolean;
}

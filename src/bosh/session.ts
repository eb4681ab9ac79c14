import type { Cluster } from '../kubernetes/cluster.ts';

/** What machines are told about the Director. */
export interface AgentDefaults {
  /** `nats://host:4222` of a Director, or `https://user:password@0.0.0.0:6868` for create-env. */
  readonly mbus: string;
  readonly ntp: readonly string[];
  readonly blobstores: readonly Readonly<Record<string, unknown>>[];
}

export interface DiskDefaults {
  /** How machines get their disks; `auto`: by hotplug where the cluster takes attachments. */
  readonly attach: 'auto' | AttachStrategyName;
  /** Image of attachments; the machine's stemcell where undefined. */
  readonly attachment_image?: string | undefined;
  /** StorageClass of disks whose properties name none; undefined: the cluster's default class. */
  readonly storage_class?: string | undefined;
  readonly access_mode: AccessMode;
}

/** `hotplug`: disks come and go beside a running pod; `recreate`: with a new pod in its place. */
export type AttachStrategyName = 'hotplug' | 'recreate';

export type AccessMode = 'ReadWriteOnce' | 'ReadWriteOncePod' | 'ReadWriteMany';

/** How a manual network's address is kept: by a Service, by what the pod's own network plugin reads, or on an interface beside (docs/networks.md). */
export const networkStrategies = ['service', 'calico', 'kube-ovn', 'antrea', 'ovn', 'multus'] as const;
export type NetworkStrategyName = (typeof networkStrategies)[number];

export interface NetworkDefaults {
  /** How a manual network's address is kept, where its cloud_properties do not say. */
  readonly strategy: NetworkStrategyName;
  /** Ports a `service` address forwards, where nobody names others: Kubernetes forwards only the ports a Service lists. */
  readonly ports: readonly (number | string)[];
}

/** Bounds of waits, in seconds. */
export interface Timeouts {
  /** From the pod's creation to the agent being up. */
  readonly create_vm: number;
  /** How long a pod may stay unschedulable (an autoscaler may be adding a node). */
  readonly unschedulable: number;
  readonly delete_vm: number;
  readonly create_disk: number;
  readonly delete_disk: number;
  /** Until the attachment of a disk is there, or gone. */
  readonly attach_disk: number;
  readonly resize_disk: number;
  readonly snapshot_disk: number;
}

/** Where nobody says otherwise. */
export const defaultTimeouts: Timeouts = {
  create_vm: 300,
  unschedulable: 60,
  delete_vm: 180,
  create_disk: 120,
  delete_disk: 120,
  attach_disk: 120,
  resize_disk: 120,
  snapshot_disk: 120,
};

/** Where root file systems of heavy stemcells are kept as images. */
export interface RegistryDefaults {
  /** `registry.example.com/bosh/stemcells`: this Director's alone, since delete_stemcell deletes there. */
  readonly repository: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Certificates to trust beside the well-known ones, PEM. */
  readonly ca?: string | undefined;
  readonly plain_http: boolean;
}

/** One call's view of one cluster: what vm, disk and network code works with. */
export interface Session {
  readonly cluster: Cluster;
  /** Context named by the caller's CIDs or properties; undefined when the default one is meant. New CIDs carry it. */
  readonly context: string | undefined;
  readonly agent: AgentDefaults;
  readonly disks: DiskDefaults;
  readonly network: NetworkDefaults;
  readonly timeouts: Timeouts;
  /** Absent: heavy stemcells are refused. */
  readonly registry?: RegistryDefaults | undefined;
  /** Tells the task log what is going on: one line, no secrets. */
  readonly log: (line: string) => void;
}

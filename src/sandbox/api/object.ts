/** A Kubernetes object as JSON. Stored objects are never changed in place: every write stores a new one. */
export interface ApiObject {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
  spec?: Fields;
  status?: Fields;
  [field: string]: unknown;
}

/** An object whose fields are not known here; read it through `view`. */
export type Fields = Record<string, unknown>;

export interface Metadata {
  name: string;
  namespace?: string;
  generateName?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: unknown[];
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** The same object under the type the caller knows it has (the generated models of client-node, dates as strings). */
export function view<T>(object: ApiObject | Fields): T {
  return object as unknown as T;
}

/** A copy that can be changed. */
export function copy<T>(value: T): T {
  return structuredClone(value);
}

/** Now as Kubernetes writes it: RFC 3339 in UTC, whole seconds. */
export function timestamp(date: Date = new Date()): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

import type { ClusterState } from './cluster-state.ts';
import type { ApiObject } from './object.ts';
import type { FieldReader } from './selectors.ts';
import type { FieldError } from './validation/field.ts';

/** What is special about one kind: the counterpart of a real server's registry strategy. */
export interface Strategy {
  /** Rule for `metadata.name`; one message per broken rule. A DNS subdomain unless given. */
  readonly nameRule?: (name: string) => string[];
  /** Fields a list can be selected by, besides metadata.name and metadata.namespace. */
  readonly fields?: Readonly<Record<string, FieldReader>>;
  /** A PUT or PATCH without resourceVersion is refused. */
  readonly conditionalUpdate?: boolean;
  /** PUT of an absent object creates it. */
  readonly createOnUpdate?: boolean;
  /** DELETE answers the object instead of a Status. */
  readonly returnsDeleted?: boolean;
  /** Refuses a body the Go types could not hold: throws ApiStatus 400. */
  decode?(object: ApiObject): void;
  /** Fills in defaults; also runs on updates, as defaulting happens at decoding. */
  defaults?(object: ApiObject): void;
  /** The same for a status that was written. */
  defaultStatus?(object: ApiObject): void;
  /** Mutating admission and PrepareForCreate. */
  prepareCreate?(object: ApiObject, cluster: ClusterState): void;
  validate?(object: ApiObject, cluster: ClusterState): FieldError[];
  /** Validating admission: throws ApiStatus 403. */
  admit?(object: ApiObject, cluster: ClusterState): void;
  prepareUpdate?(next: ApiObject, previous: ApiObject, cluster: ClusterState): void;
  validateUpdate?(next: ApiObject, previous: ApiObject, cluster: ClusterState): FieldError[];
  admitUpdate?(next: ApiObject, previous: ApiObject, cluster: ClusterState): void;
  /** Takes what must be unique in the cluster (addresses, ports) just before the object is stored. */
  allocate?(next: ApiObject, previous: ApiObject | undefined, cluster: ClusterState, dryRun: boolean): FieldError[];
  /** Gives back what `allocate` took. */
  release?(object: ApiObject, cluster: ClusterState): void;
  /** Seconds the object stays after a delete; undefined where deletion is at once. */
  gracePeriod?(object: ApiObject, asked: number | undefined): number | undefined;
}

import type { Cluster } from '../../kubernetes/cluster.ts';
import type { Collection } from '../../kubernetes/collection.ts';
import type { Freshness } from '../../kubernetes/freshness.ts';
import type { Metadata } from '../../kubernetes/objects.ts';
import { reflect } from '../../kubernetes/reflector.ts';

/** Any object, as the API has it. */
export type ApiObject = Metadata & Readonly<Record<string, unknown>>;

/** One object of a cluster, and how far it can be trusted. */
export interface FollowedObject {
  /** Undefined while it is not known, and when it is gone. */
  readonly object: ApiObject | undefined;
  readonly freshness: Freshness;
}

/** Where an object is. */
export interface ObjectPlace {
  /** Path of its collection, e.g. `/api/v1/namespaces/bosh/pods`. */
  readonly collection: string;
  readonly name: string;
  /** E.g. `Pod`; its group is the core's. A list's items do not tell. */
  readonly kind: string;
  /** Its metadata alone: the data of a Secret never comes here. */
  readonly metadataOnly?: boolean;
}

const json = 'application/json';

/**
 * Follows one object, as text can show it whole, until it is ended.
 * @param onChange told at every change; must not throw
 * @returns ends it
 */
export function followObject(
  cluster: Cluster,
  { collection, name, kind, metadataOnly }: ObjectPlace,
  onChange: (state: FollowedObject) => void,
): () => void {
  let state: FollowedObject = { object: undefined, freshness: { state: 'syncing', read: 0, about: undefined } };
  const form = (kind: string) => (metadataOnly ? `${json};as=${kind};g=meta.k8s.io;v=v1` : json);
  const asked: Collection<ApiObject> = {
    path: collection,
    fieldSelector: `metadata.name=${name}`,
    accept: { list: form('PartialObjectMetadataList'), watch: form('PartialObjectMetadata') },
    shape: () => {
      throw new SyntaxError('protobuf was not asked for');
    },
  };
  const { stop } = reflect(
    cluster,
    asked,
    {
      change(gone, present) {
        const latest = present.at(-1);
        const left = gone.includes(state.object?.metadata?.uid ?? '') ? undefined : state.object;
        const object = latest === undefined ? left : { ...latest, apiVersion: 'v1', kind };
        state = { ...state, object };
        onChange(state);
      },
      freshness(freshness) {
        state = { ...state, freshness };
        onChange(state);
      },
    },
    { watch: true },
  );
  return stop;
}

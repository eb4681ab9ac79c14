import type { Read } from './protobuf.ts';

/** A kind of objects in a namespace, or in all of them, and what of them is wanted. */
export interface Collection<T> {
  /** E.g. `/api/v1/namespaces/bosh/pods`. */
  readonly path: string;
  readonly shape: Read<T>;
  readonly accept: Accept;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

interface Accept {
  readonly list: string;
  readonly watch: string;
}

/** Protobuf costs the API server a third of JSON, and us a fraction (docs/decisions/0006). Servers in front of custom APIs have JSON alone. */
export const wholeObjects: Accept = accepted('', '');

/** Never more than metadata: a server that does not know the form refuses, rather than send the data of Secrets. */
export const metadataAlone: Accept = accepted(
  ';as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
  ';as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
);

function accepted(list: string, watch: string): Accept {
  const both = (form: string) => `application/vnd.kubernetes.protobuf${form},application/json${form}`;
  return { list: both(list), watch: both(watch) };
}

/** The path of a page. @param limit objects in it; all when undefined */
export function listPath(collection: Collection<unknown>, limit: number | undefined, next: string | undefined): string {
  return pathOf(collection, { limit, continue: next });
}

/** The path of a watch. @param seconds after which the server is to end it */
export function watchPath(collection: Collection<unknown>, resourceVersion: string, seconds: number): string {
  return pathOf(collection, { watch: true, allowWatchBookmarks: true, resourceVersion, timeoutSeconds: seconds });
}

function pathOf(
  { path, labelSelector, fieldSelector }: Collection<unknown>,
  more: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries({ labelSelector, fieldSelector, ...more })) {
    if (value !== undefined) query.set(key, String(value));
  }
  return `${path}?${query}`;
}

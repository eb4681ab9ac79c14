import type { ClusterState } from './cluster-state.ts';
import { type ApiObject, copy, timestamp } from './object.ts';
import type { Resource } from './resources.ts';
import { conflict } from './status.ts';
import { strategyOf } from './strategies/index.ts';
import { invalidStatus, unsupported } from './validation/field.ts';

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly propagationPolicy?: string;
  readonly dryRun?: readonly string[];
}

export interface Deletion {
  /** The object as it is (or was last). */
  readonly object: ApiObject;
  /** False while a finalizer or the grace period holds it. */
  readonly gone: boolean;
}

const POLICIES = ['Background', 'Foreground', 'Orphan'];

/** DELETE of one object. */
export function deleteObject(
  cluster: ClusterState,
  resource: Resource,
  current: ApiObject,
  options: DeleteOptions,
): Deletion {
  checkOptions(options);
  checkPreconditions(resource, current, options);
  const strategy = strategyOf(resource);
  const grace = strategy.gracePeriod?.(current, options.gracePeriodSeconds);
  const finalizers = finalizersAfter(current, options);
  const terminating = current.metadata.deletionTimestamp !== undefined;
  const left = current.metadata.deletionGracePeriodSeconds ?? 0;
  // A namespace is emptied first: its finalizers are in its spec.
  const held = finalizers.length > 0 || (grace ?? 0) > 0 || specFinalizers(current) > 0;
  // Only a shorter grace changes an object that is already going.
  if (terminating && held && (grace ?? 0) >= left && sameFinalizers(current, finalizers)) {
    return { object: current, gone: false };
  }
  const dryRun = (options.dryRun ?? []).length > 0;
  if (!held) {
    const last = grace === undefined ? current : marked(current, 0);
    if (dryRun) return { object: last, gone: true };
    strategy.release?.(last, cluster);
    return { object: cluster.store.remove(resource, last), gone: true };
  }
  const seconds = grace ?? 0;
  const next = !terminating || seconds < left ? marked(current, seconds) : copy(current);
  if (finalizers.length > 0) next.metadata.finalizers = finalizers;
  if (specFinalizers(next) > 0) next.status = { ...next.status, phase: 'Terminating' };
  return { object: dryRun ? next : cluster.store.put(resource, next), gone: false };
}

function specFinalizers({ spec }: ApiObject): number {
  return Array.isArray(spec?.finalizers) ? spec.finalizers.length : 0;
}

/** The object as one that goes in some seconds. Only the first mark counts as a change of generation. */
function marked(object: ApiObject, seconds: number): ApiObject {
  const next = copy(object);
  const { metadata } = next;
  if (metadata.deletionTimestamp === undefined && (metadata.generation ?? 0) > 0) {
    metadata.generation = (metadata.generation ?? 0) + 1;
  }
  metadata.deletionTimestamp = timestamp(new Date(Date.now() + seconds * 1000));
  metadata.deletionGracePeriodSeconds = seconds;
  return next;
}

function finalizersAfter(object: ApiObject, { propagationPolicy }: DeleteOptions): string[] {
  const others = (object.metadata.finalizers ?? []).filter(
    (name) => name !== 'foregroundDeletion' && name !== 'orphan',
  );
  if (propagationPolicy === 'Foreground') return [...others, 'foregroundDeletion'];
  if (propagationPolicy === 'Orphan') return [...others, 'orphan'];
  // A finalizer set before stays unless the caller asks for another way.
  return propagationPolicy === undefined ? (object.metadata.finalizers ?? []) : others;
}

function sameFinalizers(object: ApiObject, finalizers: readonly string[]): boolean {
  return (object.metadata.finalizers ?? []).join() === finalizers.join();
}

function checkOptions(options: DeleteOptions): void {
  const bad = (options.dryRun ?? []).filter((value) => value !== 'All');
  const errors = bad.length > 0 ? [unsupported('dryRun', options.dryRun, ['All'])] : [];
  const { propagationPolicy } = options;
  if (propagationPolicy !== undefined && !POLICIES.includes(propagationPolicy)) {
    errors.push(unsupported('propagationPolicy', propagationPolicy, ['Foreground', 'Background', 'Orphan', 'nil']));
  }
  if (errors.length > 0) throw invalidStatus('DeleteOptions', 'meta.k8s.io', '', errors);
}

function checkPreconditions(resource: Resource, object: ApiObject, { preconditions }: DeleteOptions): void {
  const { name, uid, resourceVersion } = object.metadata;
  // The real server names the kind here, not the resource.
  const subject = { group: resource.group, plural: resource.kind };
  if (preconditions?.uid !== undefined && preconditions.uid !== uid) {
    const why = `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`;
    throw conflict(subject, name, why);
  }
  if (preconditions?.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion) {
    const why = `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`;
    throw conflict(subject, name, why);
  }
}

/** The Status that answers a delete which left nothing. */
export function deletedStatus(resource: Resource, object: ApiObject): Record<string, unknown> {
  const { name, uid } = object.metadata;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, ...(resource.group === '' ? {} : { group: resource.group }), kind: resource.plural, uid },
  };
}

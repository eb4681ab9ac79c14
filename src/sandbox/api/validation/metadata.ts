import type { ApiObject, Metadata } from '../object.ts';
import type { Resource } from '../resources.ts';
import { denied, type FieldError, invalid, required, tooLong } from './field.ts';
import { dnsLabel, dnsSubdomain, labelValue, qualifiedName } from './names.ts';

const ANNOTATIONS_LIMIT_BYTES = 256 * 1024;

/** ValidateObjectMeta of apimachinery. */
export function validateMetadata(
  object: ApiObject,
  resource: Resource,
  nameRule: (name: string) => string[] = dnsSubdomain,
): FieldError[] {
  const { metadata } = object;
  const errors: FieldError[] = [];
  if (metadata.generateName) {
    // A prefix may end in a dash: the suffix comes behind it.
    const masked = metadata.generateName.replace(/-$/, 'a');
    for (const message of nameRule(masked))
      errors.push(invalid('metadata.generateName', metadata.generateName, message));
  }
  if (!metadata.name) errors.push(required('metadata.name', 'name or generateName is required'));
  else for (const message of nameRule(metadata.name)) errors.push(invalid('metadata.name', metadata.name, message));
  if (resource.namespaced) {
    for (const message of dnsLabel(metadata.namespace ?? '')) {
      errors.push(invalid('metadata.namespace', metadata.namespace ?? '', message));
    }
  }
  return [...errors, ...validateCommon(metadata), ...(resource.custom ? [] : validateFinalizers(metadata))];
}

const STANDARD_FINALIZERS = ['kubernetes', 'orphan', 'foregroundDeletion'];

/** Built-in kinds want their finalizers with a domain. */
function validateFinalizers({ finalizers = [] }: Metadata): FieldError[] {
  const detail = 'name is neither a standard finalizer name nor is it fully qualified';
  return finalizers.flatMap((name, index) =>
    name.includes('/') || STANDARD_FINALIZERS.includes(name)
      ? []
      : [invalid(`metadata.finalizers[${index}]`, name, detail)],
  );
}

/** ValidateObjectMetaUpdate of apimachinery. */
export function validateMetadataUpdate(next: Metadata, previous: Metadata): FieldError[] {
  const errors: FieldError[] = [];
  if (previous.deletionTimestamp !== undefined) {
    const extra = (next.finalizers ?? []).filter((name) => !(previous.finalizers ?? []).includes(name));
    if (extra.length > 0) {
      const shown = `[]string{${extra.map((name) => JSON.stringify(name)).join(', ')}}`;
      const rule = 'no new finalizers can be added if the object is being deleted, found new finalizers';
      errors.push(denied('metadata.finalizers', `${rule} ${shown}`));
    }
  }
  for (const field of ['name', 'namespace', 'uid'] as const) {
    if (next[field] !== previous[field]) {
      errors.push(invalid(`metadata.${field}`, next[field] ?? '', 'field is immutable'));
    }
  }
  return [...errors, ...validateCommon(next)];
}

function validateCommon(metadata: Metadata): FieldError[] {
  return [
    ...validateLabels(metadata.labels ?? {}, 'metadata.labels'),
    ...validateAnnotations(metadata.annotations ?? {}),
    ...validateOwners(metadata),
    ...(metadata.finalizers ?? []).flatMap((name) =>
      qualifiedName(name).map((message) => invalid('metadata.finalizers', name, message)),
    ),
  ];
}

/** Labels; the real server walks a Go map, so the order of several messages is its own. */
export function validateLabels(labels: Record<string, string>, field: string): FieldError[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...qualifiedName(key).map((message) => invalid(field, key, message)),
    ...labelValue(value).map((message) => invalid(field, value, message)),
  ]);
}

function validateAnnotations(annotations: Record<string, string>): FieldError[] {
  const field = 'metadata.annotations';
  const errors = Object.keys(annotations).flatMap((key) =>
    qualifiedName(key.toLowerCase()).map((message) => invalid(field, key, message)),
  );
  const size = Object.entries(annotations).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
  return size > ANNOTATIONS_LIMIT_BYTES ? [...errors, tooLong(field, ANNOTATIONS_LIMIT_BYTES)] : errors;
}

function validateOwners({ ownerReferences = [] }: Metadata): FieldError[] {
  const field = 'metadata.ownerReferences';
  return ownerReferences.flatMap((owner) => [
    ...(owner.apiVersion ? [] : [invalid(`${field}.apiVersion`, owner.apiVersion ?? '', 'version must not be empty')]),
    ...(owner.kind ? [] : [invalid(`${field}.kind`, owner.kind ?? '', 'must not be empty')]),
    ...(owner.name ? [] : [invalid(`${field}.name`, owner.name ?? '', 'must not be empty')]),
    ...(owner.uid ? [] : [invalid(`${field}.uid`, owner.uid ?? '', 'must not be empty')]),
  ]);
}

import { metadataAnnotation } from '../bosh/labels.ts';
import type { Metadata } from '../kubernetes/objects.ts';
import type { Intern } from './intern.ts';

const prefix = 'bosh.cloudfoundry.org/';
const diskPrefix = `${prefix}disk-`;

/**
 * What a Director told of an object, and the object's labels under our prefix, without it: what filters by label see.
 * The labels of single disks are left out: they are joins, not properties.
 */
export function directorLabels({ metadata }: Metadata, intern: Intern): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  const own = metadata?.labels ?? {};
  for (const key of Object.keys(own)) {
    if (key.startsWith(prefix) && !key.startsWith(diskPrefix))
      labels[key.slice(prefix.length)] = intern(own[key] ?? '');
  }
  const told = toldOf(metadata?.annotations?.[metadataAnnotation]);
  for (const key of Object.keys(told)) {
    const value = told[key];
    if (typeof value === 'string') labels[key] = intern(value);
  }
  return labels;
}

function toldOf(annotation: string | undefined): Readonly<Record<string, unknown>> {
  if (annotation === undefined) return {};
  try {
    const told = JSON.parse(annotation) as unknown;
    return typeof told === 'object' && told !== null ? (told as Record<string, unknown>) : {};
  } catch {
    // somebody else's text: the labels are what there is
    return {};
  }
}

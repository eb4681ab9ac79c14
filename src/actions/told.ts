import { metadataAnnotation } from '../bosh/labels.ts';

/** What a Director told of a VM or a disk, as far as actions need it. */
export interface Told {
  readonly director: string | undefined;
  readonly deployment: string | undefined;
  readonly group: string | undefined;
  readonly index: string | undefined;
  readonly id: string | undefined;
}

interface Annotated {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
}

/** Of VMs the keys are `job`, `index`, `id`; of disks `instance_group`, `instance_index`, `instance_id` (cloudfoundry/bosh, metadata_updater.rb). */
export function toldOf({ metadata }: Annotated): Told {
  const told = parse(metadata?.annotations?.[metadataAnnotation]);
  const text = (...keys: readonly string[]) => {
    const value = keys.map((key) => told[key]).find((each) => each !== undefined);
    return value === undefined ? undefined : String(value);
  };
  return {
    director: text('director'),
    deployment: text('deployment'),
    group: text('instance_group', 'job'),
    index: text('instance_index', 'index'),
    id: text('instance_id', 'id'),
  };
}

/** `group/index`, or what it is called instead. */
export function instanceLabel({ group, index, id }: Told, otherwise: string): string {
  return group === undefined || (index ?? id) === undefined ? otherwise : `${group}/${index ?? id}`;
}

/** An object's name as titles have it: a UUID's first eight digits tell it from others. */
export function shortName(name: string): string {
  return name.replace(/([0-9a-f]{8})(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, '$1…');
}

function parse(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const told: unknown = JSON.parse(text ?? '{}');
    return typeof told === 'object' && told !== null ? (told as Record<string, unknown>) : {};
  } catch {
    // somebody else's text
    return {};
  }
}

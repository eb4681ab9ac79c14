import type { ApiObject } from '../object.ts';
import { type Resource, resourceKey } from '../resources.ts';
import { badRequest } from '../status.ts';
import type { TableDefinition } from './column.ts';
import { events } from './events.ts';
import { nodes } from './nodes.ts';
import { namespaces, others, secrets } from './plain.ts';
import { pods } from './pods.ts';
import { services } from './services.ts';
import { claims, storageClasses, volumes } from './storage.ts';

const definitions: Readonly<Record<string, TableDefinition>> = {
  '/pods': pods,
  '/persistentvolumeclaims': claims,
  '/persistentvolumes': volumes,
  '/nodes': nodes,
  '/events': events,
  '/services': services,
  '/namespaces': namespaces,
  '/secrets': secrets,
  'storage.k8s.io/storageclasses': storageClasses,
};

/** How much of its object a row carries. */
type Included = 'None' | 'Metadata' | 'Object';

/** @throws ApiStatus 400 for what is none of the three */
function includedObject(query: URLSearchParams): Included {
  const given = query.get('includeObject') || 'Metadata';
  if (given === 'None' || given === 'Metadata' || given === 'Object') return given;
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(given)}: must be 'Metadata', 'Object', 'None', or empty`,
  );
}

/** Makes a Table of objects, with the list's metadata. */
type ToTable = (objects: readonly ApiObject[], metadata: object) => object;

/**
 * The way to make Tables for one request: the first has the column definitions, later ones, as a watch has, do not.
 * @throws ApiStatus 400 for a wrong `includeObject`
 */
export function tableMaker(resource: Resource, query: URLSearchParams): ToTable {
  const definition = definitions[resourceKey(resource)] ?? others;
  const included = includedObject(query);
  let columns: TableDefinition['columns'] | null = definition.columns;
  return (objects, metadata) => {
    const now = Date.now();
    const rows = objects.map((object) => {
      const conditions = definition.conditions?.(object);
      const row = { cells: definition.cells(object, now), ...(conditions && { conditions }) };
      return { ...row, object: shown(object, included) };
    });
    const table = { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata, columnDefinitions: columns, rows };
    columns = null;
    return table;
  };
}

function shown(object: ApiObject, included: Included): object | null {
  const { metadata } = object;
  if (included === 'Object') return object;
  // the end of the initial events must be told to those, too, who want no objects
  if (included === 'None' && metadata.annotations?.['k8s.io/initial-events-end'] === undefined) return null;
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}

import { type ApiObject, view } from '../object.ts';
import type { FieldReader } from '../selectors.ts';
import type { Strategy } from '../strategy.ts';
import { type FieldError, invalid } from '../validation/field.ts';

interface Event {
  involvedObject?: Record<string, string>;
  reason?: string;
  type?: string;
  source?: { component?: string };
  reportingComponent?: string;
}

const OBJECT_FIELDS = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];

const fields: Record<string, FieldReader> = {
  reason: (event) => view<Event>(event).reason ?? '',
  type: (event) => view<Event>(event).type ?? '',
  reportingComponent: (event) => view<Event>(event).reportingComponent ?? '',
  source: (event) => view<Event>(event).source?.component ?? view<Event>(event).reportingComponent ?? '',
};
for (const name of OBJECT_FIELDS) {
  fields[`involvedObject.${name}`] = (event) => view<Event>(event).involvedObject?.[name] ?? '';
}

export const events: Strategy = {
  fields,
  createOnUpdate: true,
  defaults(object) {
    const event = view<Event & ApiObject>(object);
    event.involvedObject ??= {};
    event.source ??= {};
    for (const field of ['firstTimestamp', 'lastTimestamp', 'eventTime']) if (!(field in event)) event[field] = null;
    event.reportingComponent ??= '';
    event.reportingInstance ??= '';
  },
  validate(object): FieldError[] {
    const namespace = view<Event>(object).involvedObject?.namespace ?? '';
    const expected = namespace === '' ? 'default' : namespace;
    if (expected === object.metadata.namespace || (namespace === '' && object.metadata.namespace === 'kube-system'))
      return [];
    return [invalid('involvedObject.namespace', namespace, 'does not match event.namespace')];
  },
};

import type { CoreV1Event } from '@kubernetes/client-node/dist/gen/models/CoreV1Event.js';
import { view } from '../object.ts';
import { age } from './age.ts';
import { column, nameColumn, type TableDefinition, wide } from './column.ts';

export const events: TableDefinition = {
  columns: [
    column('Last Seen'),
    column('Type'),
    column('Reason'),
    column('Object'),
    wide('Subobject'),
    wide('Source'),
    column('Message'),
    wide('First Seen'),
    wide('Count'),
    { ...nameColumn, priority: 1 },
  ],
  cells(object, now) {
    const event = view<CoreV1Event>(object);
    const { involvedObject: about, source, series } = event;
    const kind = about?.kind?.toLowerCase() ?? '';
    const first = age(event.firstTimestamp ?? event.eventTime, now);
    const last = series
      ? age(series.lastObservedTime, now)
      : event.lastTimestamp
        ? age(event.lastTimestamp, now)
        : first;
    const component = source?.component || event.reportingComponent || '';
    const host = source?.host || event.reportingInstance;
    return [
      last,
      event.type ?? '',
      event.reason ?? '',
      about?.name ? `${kind}/${about.name}` : kind,
      about?.fieldPath ?? '',
      host ? `${component}, ${host}` : component,
      event.message?.trim() ?? '',
      first,
      series?.count ?? (event.count || 1),
      object.metadata.name ?? '',
    ];
  },
};

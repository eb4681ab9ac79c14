import { parseInteger } from './list.ts';
import type { ApiRequest } from './request.ts';
import { badRequest } from './status.ts';
import { denied, type FieldError, invalid, invalidStatus } from './validation/field.ts';

const FLAGS = ['follow', 'previous', 'timestamps'];
const NUMBERS = { tailLines: 0, sinceSeconds: 1, limitBytes: 1 } as const;

/**
 * The parameters of `pods/log` as they go on to the kubelet, whose times have no fractions of seconds.
 * @throws ApiStatus 400, 422 (ValidatePodLogOptions in pkg/apis/core/validation)
 */
export function logOptions({ query, name }: ApiRequest): URLSearchParams {
  const passed = new URLSearchParams();
  const errors: FieldError[] = [];
  for (const flag of FLAGS) if (/^(1|t|true)$/i.test(query.get(flag) ?? '')) passed.set(flag, 'true');
  for (const [field, least] of Object.entries(NUMBERS)) {
    if (!query.get(field)) continue;
    const value = parseInteger(query.get(field) ?? '');
    const bound = least === 0 ? 'greater than or equal to 0' : 'greater than 0';
    if (value < least) errors.push(invalid(field, value, `must be ${bound}`));
    else passed.set(field, String(value));
  }
  const since = query.get('sinceTime');
  if (since) passed.set('sinceTime', wholeSeconds(since));
  if (since && query.get('sinceSeconds')) {
    errors.push(denied('[]', 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  }
  if (query.get('stream')) errors.push(denied('stream', 'may not be specified'));
  if (errors.length > 0) throw invalidStatus('PodLogOptions', '', name, errors);
  return passed;
}

function wholeSeconds(text: string): string {
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return `${new Date(time).toISOString().slice(0, 19)}Z`;
  const layout = '2006-01-02T15:04:05Z07:00';
  const why = `parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(text)} as "2006"`;
  throw badRequest(why);
}

import { ApiStatus } from '../status.ts';

export type FieldErrorType =
  | 'FieldValueNotFound'
  | 'FieldValueRequired'
  | 'FieldValueDuplicate'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong';

/** One broken field, worded as apimachinery's `field.Error`. */
export interface FieldError {
  readonly type: FieldErrorType;
  readonly field: string;
  readonly body: string;
}

export function required(field: string, detail = ''): FieldError {
  return { type: 'FieldValueRequired', field, body: withDetail('Required value', detail) };
}

export function invalid(field: string, value: unknown, detail: string): FieldError {
  return { type: 'FieldValueInvalid', field, body: withDetail(`Invalid value: ${show(value)}`, detail) };
}

export function duplicate(field: string, value: unknown): FieldError {
  return { type: 'FieldValueDuplicate', field, body: `Duplicate value: ${show(value)}` };
}

export function missing(field: string, value: unknown): FieldError {
  return { type: 'FieldValueNotFound', field, body: `Not found: ${show(value)}` };
}

export function denied(field: string, detail: string): FieldError {
  return { type: 'FieldValueForbidden', field, body: withDetail('Forbidden', detail) };
}

export function tooLong(field: string, limitBytes: number): FieldError {
  return { type: 'FieldValueTooLong', field, body: `Too long: may not be more than ${limitBytes} bytes` };
}

export function unsupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  const detail =
    supported.length === 0 ? '' : `supported values: ${supported.map((v) => JSON.stringify(v)).join(', ')}`;
  return { type: 'FieldValueNotSupported', field, body: withDetail(`Unsupported value: ${show(value)}`, detail) };
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? 'null');
}

function withDetail(body: string, detail: string): string {
  return detail === '' ? body : `${body}: ${detail}`;
}

/**
 * The 422 answer for broken fields.
 * @param kind as messages show it: `Secret`, or `Lease.coordination.k8s.io` outside the core group
 */
export function invalidStatus(kind: string, group: string, name: string, errors: readonly FieldError[]): ApiStatus {
  // apimachinery's aggregate drops repeated messages and brackets several.
  const lines = [...new Set(errors.map((error) => `${error.field}: ${error.body}`))];
  const list = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`;
  const subject = group === '' ? kind : `${kind}.${group}`;
  return new ApiStatus(422, 'Invalid', `${subject} ${JSON.stringify(name)} is invalid: ${list}`, {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    kind,
    causes: errors.map((error) => ({ reason: error.type, message: error.body, field: error.field })),
  });
}

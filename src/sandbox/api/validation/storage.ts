import { quantity } from '../quantity.ts';
import { badRequest } from '../status.ts';
import { type FieldError, invalid, required, unsupported } from './field.ts';

const ACCESS_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
const QUANTITY = '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$';

export function validateAccessModes(modes: readonly string[] | undefined, field: string): FieldError[] {
  if ((modes ?? []).length === 0) return [required(field, 'at least 1 access mode is required')];
  const errors = (modes ?? [])
    .filter((mode) => !ACCESS_MODES.includes(mode))
    .map((mode) => unsupported(field, mode, ACCESS_MODES));
  if ((modes ?? []).includes('ReadWriteOncePod') && (modes ?? []).length > 1) {
    errors.push({
      type: 'FieldValueForbidden',
      field,
      body: 'Forbidden: may not use ReadWriteOncePod with other access modes',
    });
  }
  return errors;
}

/** A size that must be there and above zero. */
export function validateStorage(size: string | undefined, field: string): FieldError[] {
  if (size === undefined) return [required(field)];
  return (quantity(size) ?? 0n) > 0n ? [] : [invalid(field, size, 'must be greater than zero')];
}

/**
 * Refuses what Go's resource.Quantity cannot hold.
 * @throws ApiStatus 400
 */
export function expectQuantities(list: Record<string, unknown> | undefined, kind: string): void {
  for (const value of Object.values(list ?? {})) {
    if (quantity(value as string) !== undefined) continue;
    const rule = `quantities must match the regular expression '${QUANTITY}'`;
    throw badRequest(`${kind} in version "v1" cannot be handled as a ${kind}: ${rule}`);
  }
}

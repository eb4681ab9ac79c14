import { isDeepStrictEqual } from 'node:util';
import { type ApiObject, view } from '../object.ts';
import { badRequest } from '../status.ts';
import type { Strategy } from '../strategy.ts';
import { denied, type FieldError, invalid, required, tooLong } from '../validation/field.ts';
import { configKey } from '../validation/names.ts';

interface Secret {
  type?: string;
  immutable?: boolean;
  data?: Record<string, string>;
  stringData?: Record<string, string>;
}

const LIMIT_BYTES = 1024 * 1024;

/** Data keys a type demands. */
const REQUIRED_KEYS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};

export const secrets: Strategy = {
  fields: { type: (object) => view<Secret>(object).type ?? '' },
  decode,
  defaults(object) {
    const secret = view<Secret>(object);
    secret.type ||= 'Opaque';
    for (const [key, value] of Object.entries(secret.stringData ?? {})) {
      secret.data ??= {};
      secret.data[key] = Buffer.from(value).toString('base64');
    }
    delete secret.stringData;
    if (secret.data === null || Object.keys(secret.data ?? {}).length === 0) delete secret.data;
  },
  validate: (object) => validateData(view<Secret>(object)),
  validateUpdate(next, previous) {
    const [secret, old] = [view<Secret>(next), view<Secret>(previous)];
    const errors: FieldError[] = [];
    if (secret.type !== old.type) errors.push(invalid('type', secret.type, 'field is immutable'));
    if (old.immutable) {
      if (!secret.immutable) errors.push(denied('immutable', 'field is immutable when `immutable` is set'));
      if (!isDeepStrictEqual(secret.data ?? {}, old.data ?? {})) {
        errors.push(denied('data', 'field is immutable when `immutable` is set'));
      }
    }
    return [...errors, ...validateData(secret)];
  },
};

function decode(object: ApiObject): void {
  for (const value of Object.values(view<Secret>(object).data ?? {})) {
    const fault = value === null ? undefined : base64Fault(value);
    if (fault === undefined) continue;
    throw badRequest(`Secret in version "v1" cannot be handled as a Secret: ${fault}`);
  }
}

function base64Fault(value: unknown): string | undefined {
  if (typeof value !== 'string')
    return `json: cannot unmarshal ${typeof value} into Go struct field Secret.data of type []uint8`;
  const bad = /[^A-Za-z0-9+/=\r\n]/.exec(value)?.index ?? -1;
  if (bad >= 0) return `illegal base64 data at input byte ${bad}`;
  const clean = value.replace(/[\r\n]/g, '');
  return clean.length % 4 === 0 ? undefined : `illegal base64 data at input byte ${value.length - (clean.length % 4)}`;
}

function validateData(secret: Secret): FieldError[] {
  const data = secret.data ?? {};
  const errors = Object.keys(data).flatMap((key) =>
    configKey(key).map((message) => invalid(`data[${key}]`, key, message)),
  );
  const size = Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value, 'base64'), 0);
  if (size > LIMIT_BYTES) errors.push(tooLong('data', LIMIT_BYTES));
  for (const key of REQUIRED_KEYS[secret.type ?? ''] ?? []) {
    if (data[key] === undefined) errors.push(required(`data[${key}]`));
  }
  return errors;
}

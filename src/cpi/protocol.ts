import { CloudError, type CloudErrorType } from '../bosh/cloud-error.ts';

/** One call of a Director or of `bosh create-env`. */
export interface Request {
  readonly method: string;
  readonly arguments: readonly unknown[];
  readonly context: Readonly<Record<string, unknown>>;
  /** Absent in a Director's first `info`, 1 in the CLI's `info`. */
  readonly apiVersion: number | undefined;
}

/** The answer; a Director demands all three keys. Source: cloudfoundry/bosh, lib/clouds/external_cpi.rb, RESPONSE_SCHEMA. */
export interface Response {
  readonly result: unknown;
  readonly error: { readonly type: string; readonly message: string; readonly ok_to_retry: boolean } | null;
  readonly log: string;
}

/** The version of the CPI API that `info` reports and the ones a request may name. */
export const apiVersion = 3;
const methodVersions: readonly (number | undefined)[] = [undefined, 2, 3];

/**
 * Reads a request.
 * @throws CloudError CpiError that says what is wrong, without quoting the text: it holds credentials
 */
export function parseRequest(text: string): Request {
  const document = parseJson(text);
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw invalid('expected one JSON object with method, arguments and context');
  }
  const { method, arguments: args, context, api_version: version } = document as Record<string, unknown>;
  if (typeof method !== 'string' || method === '') throw invalid('method: expected a string');
  if (!Array.isArray(args)) throw invalid('arguments: expected a list');
  if (typeof context !== 'object' || context === null || Array.isArray(context)) {
    throw invalid('context: expected an object');
  }
  if (version !== undefined && version !== null && typeof version !== 'number') {
    throw invalid('api_version: expected a number');
  }
  const known = version ?? undefined;
  if (!methodVersions.includes(known) && !(method === 'info' && known === 1)) {
    throw new CloudError('NotSupported', `api_version ${known}: this CPI speaks versions 2 and 3`);
  }
  return { method, arguments: args, context: context as Record<string, unknown>, apiVersion: known };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(text.trim() === '' ? 'stdin was empty' : 'stdin is not JSON');
  }
}

function invalid(flaw: string): CloudError {
  return new CloudError('CpiError', `request: ${flaw}`);
}

/** The answer to a call that succeeded. */
export function success(result: unknown, log: string): Response {
  return { result: result ?? null, error: null, log };
}

/** The answer to a call that failed. */
export function failure(error: { type: CloudErrorType; message: string; okToRetry: boolean }, log: string): Response {
  const { type, message, okToRetry } = error;
  return { result: null, error: { type: `Bosh::Clouds::${type}`, message, ok_to_retry: okToRetry }, log };
}

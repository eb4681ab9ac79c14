import { ApiError, type Operation, type StatusDetails } from './errors.ts';

interface Status {
  readonly kind?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
}

/**
 * Makes the error of a non-2xx answer, whose body is a Status, or anything else when a proxy answered.
 * @param location where a redirect points to: the API never redirects, a login page does
 */
export function statusError(
  operation: Operation,
  status: number,
  body: string,
  retryAfterSeconds?: number,
  location?: string,
): ApiError {
  const parsed = parseStatus(body);
  const wait = retryAfterSeconds ?? parsed?.details?.retryAfterSeconds;
  return new ApiError({
    ...operation,
    status,
    reason: parsed?.reason || reasonOf(status),
    message: parsed?.message || plainMessage(operation, status, location),
    ...(parsed?.details === undefined ? {} : { details: parsed.details }),
    ...(wait === undefined ? {} : { retryAfterSeconds: wait }),
  });
}

function plainMessage({ verb, resource }: Operation, status: number, location?: string): string {
  const where = location !== undefined && URL.canParse(location) ? ` to ${new URL(location).origin}` : '';
  if (status >= 300 && status < 400)
    return `the server redirected ${verb} ${resource}${where}; check the server of the kubeconfig`;
  return `the server answered ${status} to ${verb} ${resource}`;
}

function parseStatus(body: string): Status | undefined {
  try {
    const status = JSON.parse(body) as Status | null;
    return status?.kind === 'Status' ? status : undefined;
  } catch {
    return undefined;
  }
}

const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

function reasonOf(status: number): string {
  return reasons[status] ?? 'Unknown';
}

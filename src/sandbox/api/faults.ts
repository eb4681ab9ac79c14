import type { ServerResponse } from 'node:http';
import type { ApiRequest } from './request.ts';
import { ApiStatus } from './status.ts';

/**
 * What a test wants to happen to a request instead of its answer.
 * `when: 'after'` lets the request take effect first: the caller cannot know whether it did.
 */
export type Fault =
  | {
      readonly kind: 'status';
      readonly code: number;
      readonly message?: string;
      readonly retryAfterSeconds?: number;
      readonly when?: 'before' | 'after';
    }
  | { readonly kind: 'reset'; readonly when?: 'before' | 'after' }
  | { readonly kind: 'stall'; readonly when?: 'before' | 'after' };

/** Asked for every request that is not the cluster's own. Undefined lets it through. */
export type FaultHook = (request: ApiRequest) => Fault | undefined;

const REASONS: Readonly<Record<number, readonly [reason: string, message: string]>> = {
  401: ['Unauthorized', 'Unauthorized'],
  409: [
    'Conflict',
    'Operation cannot be fulfilled: the object has been modified; please apply your changes to the latest version and try again',
  ],
  429: ['TooManyRequests', 'Too many requests, please try again later.'],
  500: ['InternalError', 'Internal error occurred: injected'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
  504: ['Timeout', 'Timeout: request did not complete within requested timeout - context deadline exceeded'],
};

/** Lets the fault happen to the connection. @throws ApiStatus for a fault with a status */
export function strike(fault: Fault, response: ServerResponse): void {
  switch (fault.kind) {
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'stall':
      return;
    case 'status':
      if (fault.retryAfterSeconds !== undefined) response.setHeader('retry-after', String(fault.retryAfterSeconds));
      throw faultStatus(fault);
  }
}

/** The answer of a fault with a status. */
export function faultStatus({ code, message, retryAfterSeconds }: Fault & { kind: 'status' }): ApiStatus {
  const [reason, usual] = REASONS[code] ?? ['Unknown', 'injected'];
  return new ApiStatus(
    code,
    reason,
    message ?? usual,
    retryAfterSeconds === undefined ? undefined : { retryAfterSeconds },
  );
}

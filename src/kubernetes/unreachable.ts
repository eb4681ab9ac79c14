import { UnreachableError } from './errors.ts';

/** Turns what the socket, TLS or DNS layer threw into one error that says what to do. */
export function unreachable(error: unknown, server: string): UnreachableError {
  if (error instanceof UnreachableError) return error;
  const { code = 'UNKNOWN', message } = error as NodeJS.ErrnoException;
  return new UnreachableError(code, server, `${server} could not be reached: ${message}`);
}

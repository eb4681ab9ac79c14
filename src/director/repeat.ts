import { UnreachableError } from '../kubernetes/errors.ts';
import { isPassing } from '../kubernetes/unreachable.ts';
import { DirectorError, type DirectorOperation } from './errors.ts';
import { pathOf } from './reading.ts';

/** A 401 without a code of the Director's: the token may have ended before its time. */
export function isUnknownUser(error: unknown): boolean {
  return error instanceof DirectorError && error.status === 401 && error.code === undefined;
}

/** Whether asking again can help. */
export function isPassingTrouble(error: unknown): boolean {
  return error instanceof UnreachableError && error.code !== 'NOT_A_DIRECTOR' && isPassing(error);
}

/** What nginx answers while the Director behind it restarts. */
const restarting: readonly number[] = [502, 503, 504];

/** Errors of a connection that never came about. */
const unsent: readonly string[] = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];

/** A read can be asked again; a change only when the Director cannot have got it: a second one would make a second task. */
export function mayRepeat({ method }: DirectorOperation, error: unknown): boolean {
  if (error instanceof DirectorError) return method === 'GET' && restarting.includes(error.status);
  return (
    error instanceof UnreachableError && (unsent.includes(error.code) || (method === 'GET' && isPassingTrouble(error)))
  );
}

/** Says of a change that broke off that it may have been taken. */
export function withDoubt({ method, path }: DirectorOperation, error: unknown): unknown {
  if (method === 'GET' || !(error instanceof UnreachableError)) return error;
  if (unsent.includes(error.code) || !isPassingTrouble(error)) return error;
  const doubt = `whether the Director took ${method} ${pathOf(path)} is not known: look at its tasks before it is tried again`;
  return new UnreachableError(error.code, error.server, `${error.message}; ${doubt}`);
}

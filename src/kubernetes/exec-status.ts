import { ApiError, type Operation } from './errors.ts';

/** The Status on an exec's last channel. */
interface ExecStatus {
  readonly status?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] };
}

/**
 * The exit code of a command, from the Status that ended it.
 * @throws ApiError when the command never ran
 */
export function exitCodeOf(content: Buffer, operation: Operation): number {
  const status = parseStatus(content);
  if (status.status === 'Success') return 0;
  // a command that failed is a cause of its own (reason NonZeroExitCode)
  const cause = status.details?.causes?.find(({ reason }) => reason === 'ExitCode');
  const exitCode = Number(cause?.message);
  if (Number.isInteger(exitCode)) return exitCode;
  const { reason = 'InternalError', code = 500, message = 'the command could not be started' } = status;
  throw new ApiError({ ...operation, status: code, reason, message });
}

function parseStatus(content: Buffer): ExecStatus {
  try {
    return JSON.parse(content.toString('utf8')) as ExecStatus;
  } catch {
    return { status: 'Failure', message: content.toString('utf8') };
  }
}

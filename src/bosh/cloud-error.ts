/**
 * Error types a Director knows; any other type is reported as "unknown error" and fails the task without a reason.
 * Source: cloudfoundry/bosh, lib/clouds/external_cpi.rb, KNOWN_RPC_ERRORS.
 */
export type CloudErrorType =
  | 'CpiError'
  | 'NotSupported'
  | 'NotImplemented'
  | 'CloudError'
  | 'VMNotFound'
  | 'NetworkNotFound'
  | 'NoDiskSpace'
  | 'DiskNotAttached'
  | 'DiskNotFound'
  | 'VMCreationFailed';

/** A failure in the Director's words. */
export class CloudError extends Error {
  readonly type: CloudErrorType;
  /** True only where the same call with the same arguments can succeed and is safe to repeat. */
  readonly okToRetry: boolean;

  /**
   * @param type one of the Director's known types, without its `Bosh::Clouds::` prefix
   * @param message what happened, to which CID, and what to do about it
   * @param options `okToRetry` as above (default false), `cause` the error underneath
   */
  constructor(type: CloudErrorType, message: string, options: { okToRetry?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = type;
    this.type = type;
    this.okToRetry = options.okToRetry ?? false;
  }
}

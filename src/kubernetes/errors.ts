/** One cause inside a Kubernetes Status, e.g. which field of a 422 is wrong. */
export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** The `details` of a Kubernetes Status (meta/v1 StatusDetails). */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** What was asked of the API server: the words RBAC and error messages use. */
export interface Operation {
  /** RBAC verb: get, list, watch, create, update, patch, delete, deletecollection. */
  readonly verb: string;
  /** Plural resource with its group and subresource: `pods`, `pods/exec`, `volumesnapshots.snapshot.storage.k8s.io`. */
  readonly resource: string;
  readonly name?: string;
  readonly namespace?: string;
}

export interface ApiErrorFields extends Operation {
  readonly status: number;
  readonly reason: string;
  readonly message: string;
  readonly details?: StatusDetails;
  readonly retryAfterSeconds?: number;
}

/** Any answer of the API server that is not 2xx. `message` is the server's own Status message. */
export class ApiError extends Error {
  override readonly name: string = 'ApiError';
  readonly status: number;
  /** Machine readable reason of the Status (`NotFound`, `AlreadyExists`, `Conflict`, `Invalid`, `Forbidden`, ...). */
  readonly reason: string;
  readonly verb: string;
  readonly resource: string;
  /** Name of the object; `name` is the error's own. */
  readonly objectName: string | undefined;
  readonly namespace: string | undefined;
  readonly details: StatusDetails | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(fields: ApiErrorFields) {
    super(fields.message);
    this.status = fields.status;
    this.reason = fields.reason;
    this.verb = fields.verb;
    this.resource = fields.resource;
    this.objectName = fields.name;
    this.namespace = fields.namespace;
    this.details = fields.details;
    this.retryAfterSeconds = fields.retryAfterSeconds;
  }
}

/** The API server could not be reached, or did not answer, after the bounded retries. */
export class UnreachableError extends Error {
  override readonly name: string = 'UnreachableError';
  /** `ECONNREFUSED`, `ENOTFOUND`, `CERT_HAS_EXPIRED`, `TIMEOUT`, ... */
  readonly code: string;
  readonly server: string;

  constructor(code: string, server: string, message: string) {
    super(message);
    this.code = code;
    this.server = server;
  }
}

/** The credentials could not be had: token file, certificate or plugin. Holds none of them. Never retried. */
export class CredentialError extends Error {
  override readonly name: string = 'CredentialError';
}

export function isApiError(error: unknown): error is ApiError {
  return error instanceof ApiError;
}

/** The object is not there (404). */
export function isNotFound(error: unknown): error is ApiError {
  return isApiError(error) && error.status === 404;
}

/** A create met an object of that name (409 AlreadyExists). */
export function isAlreadyExists(error: unknown): error is ApiError {
  return isApiError(error) && error.status === 409 && error.reason === 'AlreadyExists';
}

/** A write lost against another writer: resourceVersion or UID precondition (409, but not AlreadyExists). */
export function isConflict(error: unknown): error is ApiError {
  return isApiError(error) && error.status === 409 && error.reason !== 'AlreadyExists';
}

/** The resourceVersion or continue token is too old (410). */
export function isGone(error: unknown): error is ApiError {
  return isApiError(error) && error.status === 410;
}

export function isForbidden(error: unknown): error is ApiError {
  return isApiError(error) && error.status === 403;
}

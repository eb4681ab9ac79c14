import type { Resource } from './resources.ts';

export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** An answer that is no success, with the wording of apimachinery's `pkg/api/errors`. */
export class ApiStatus extends Error {
  readonly code: number;
  readonly reason: string | undefined;
  readonly details: StatusDetails | undefined;
  readonly continueToken: string | undefined;

  constructor(
    code: number,
    reason: string | undefined,
    message: string,
    details?: StatusDetails,
    continueToken?: string,
  ) {
    super(message);
    this.name = 'ApiStatus';
    this.code = code;
    this.reason = reason;
    this.details = details;
    this.continueToken = continueToken;
  }

  /** The `Status` object of the wire. */
  body(): Record<string, unknown> {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: this.continueToken === undefined ? {} : { continue: this.continueToken },
      status: 'Failure',
      message: this.message,
      ...(this.reason === undefined ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    };
  }
}

type Named = Pick<Resource, 'group' | 'plural'>;

/** `pods` or `leases.coordination.k8s.io`: how messages name a resource. */
function qualified(resource: Named): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}

function detailsOf(resource: Named, name?: string): StatusDetails {
  return {
    ...(name === undefined || name === '' ? {} : { name }),
    ...(resource.group === '' ? {} : { group: resource.group }),
    kind: resource.plural,
  };
}

export function notFound(resource: Named, name: string): ApiStatus {
  return new ApiStatus(404, 'NotFound', `${qualified(resource)} ${quote(name)} not found`, detailsOf(resource, name));
}

/** The path names no resource of a served group. */
export function noSuchResource(): ApiStatus {
  return new ApiStatus(404, 'NotFound', 'the server could not find the requested resource', {});
}

/** @param deleting the object that is in the way is going already */
export function alreadyExists(resource: Named, name: string, deleting = false): ApiStatus {
  const prefix = deleting ? 'object is being deleted: ' : '';
  const message = `${prefix}${qualified(resource)} ${quote(name)} already exists`;
  return new ApiStatus(409, 'AlreadyExists', message, detailsOf(resource, name));
}

export function conflict(resource: Named, name: string, why: string): ApiStatus {
  const message = `Operation cannot be fulfilled on ${qualified(resource)} ${quote(name)}: ${why}`;
  return new ApiStatus(409, 'Conflict', message, detailsOf(resource, name));
}

export function forbidden(resource: Named, name: string, why: string): ApiStatus {
  const subject = name === '' ? qualified(resource) : `${qualified(resource)} ${quote(name)}`;
  return new ApiStatus(403, 'Forbidden', `${subject} is forbidden: ${why}`, detailsOf(resource, name));
}

export function badRequest(message: string): ApiStatus {
  return new ApiStatus(400, 'BadRequest', message);
}

export function unauthorized(): ApiStatus {
  return new ApiStatus(401, 'Unauthorized', 'Unauthorized');
}

export function methodNotAllowed(): ApiStatus {
  return new ApiStatus(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
}

export function unsupportedMediaType(message = '415: Unsupported Media Type'): ApiStatus {
  return new ApiStatus(415, 'UnsupportedMediaType', message, message.startsWith('415') ? {} : undefined);
}

export function unprocessable(): ApiStatus {
  return new ApiStatus(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}

export function expired(message: string, continueToken?: string): ApiStatus {
  return new ApiStatus(410, 'Expired', message, undefined, continueToken);
}

export function internal(message: string): ApiStatus {
  return new ApiStatus(500, 'InternalError', `Internal error occurred: ${message}`, {
    causes: [{ reason: '', message }],
  });
}

/** An error of the storage layer: the real server gives it status 500 and no reason. */
export function unreasoned(message: string): ApiStatus {
  return new ApiStatus(500, undefined, message);
}

/** Go's %q for the strings that occur here. */
export function quote(value: string): string {
  return JSON.stringify(value);
}

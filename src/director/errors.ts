import { UnreachableError } from '../kubernetes/errors.ts';
import { unreachable } from '../kubernetes/unreachable.ts';

/** What was asked of a Director: the words its errors use. Holds no query. */
export interface DirectorOperation {
  readonly method: string;
  readonly path: string;
}

export interface DirectorErrorFields extends DirectorOperation {
  readonly status: number;
  readonly code: number | undefined;
  readonly message: string;
}

/** An answer of a Director that is no success. `message` is its own description. */
export class DirectorError extends Error {
  override readonly name: string = 'DirectorError';
  readonly status: number;
  /** The Director's own number of the error, e.g. 70000: no such deployment; undefined when it gave none. */
  readonly code: number | undefined;
  readonly method: string;
  readonly path: string;

  constructor(fields: DirectorErrorFields) {
    super(fields.message);
    this.status = fields.status;
    this.code = fields.code;
    this.method = fields.method;
    this.path = fields.path;
  }
}

/**
 * Whether the Director knows us but does not grant this: it answers 401 with a code and the scopes it would take, while credentials it does not know
 * are answered by a 401 in plain text.
 */
export function isDenied(error: unknown): error is DirectorError {
  return error instanceof DirectorError && (error.status === 403 || (error.status === 401 && error.code !== undefined));
}

/** The object, or on an older Director the whole route, is not there. */
export function isMissing(error: unknown): error is DirectorError {
  return error instanceof DirectorError && error.status === 404;
}

/** What a code of the socket, TLS or DNS layer means for a Director, where it is other than for an API server. */
const meanings: Readonly<Record<string, string>> = {
  ECONNREFUSED:
    'nothing listens at that address (connection refused); check BOSH_ENVIRONMENT and that the Director runs',
  ENOTFOUND: 'its name is not known (DNS); check BOSH_ENVIRONMENT, or give an alias its address with `bosh alias-env`',
  CERT_HAS_EXPIRED: "its certificate has expired; renew the Director's certificate, or set the clock of this machine",
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for other names; use one of them in BOSH_ENVIRONMENT',
  EPROTO: 'it does not speak TLS as expected; check the port of BOSH_ENVIRONMENT (25555)',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS; check the port of BOSH_ENVIRONMENT (25555)',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS; check the port of BOSH_ENVIRONMENT (25555)',
};

const unknownAuthority =
  'its certificate is not signed by an authority known here; set BOSH_CA_CERT to the CA of the Director, its text or its file';

/** Turns what the socket, TLS or DNS layer threw into an error that says what to do. */
export function directorUnreachable(thrown: unknown, url: string): UnreachableError {
  const plain = unreachable(thrown, url);
  const meaning = plain.message.includes('certificate-authority-data')
    ? `${unknownAuthority} (${plain.code})`
    : meanings[plain.code];
  return meaning === undefined
    ? plain
    : new UnreachableError(plain.code, plain.server, `${url} could not be reached: ${meaning}`);
}

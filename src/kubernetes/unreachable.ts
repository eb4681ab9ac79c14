import { UnreachableError } from './errors.ts';

/** What a code of the socket, TLS or DNS layer means, and what to do about it. */
const meanings: Readonly<Record<string, string>> = {
  ECONNREFUSED:
    'nothing listens at that address (connection refused); check the server of the kubeconfig and that the API server runs',
  ECONNRESET: 'the connection was closed before the answer was complete',
  EPIPE: 'the connection was closed while the request was sent',
  ENOTFOUND: 'its name is not known (DNS); check the server of the kubeconfig and the resolver of this machine',
  EAI_AGAIN: 'the name server does not answer (DNS)',
  ETIMEDOUT: 'no connection could be made in time; check routes and firewalls',
  EHOSTUNREACH: 'there is no route to it; check the network of this machine',
  ENETUNREACH: 'there is no route to it; check the network of this machine',
  CERT_HAS_EXPIRED:
    'its certificate has expired; renew the certificate of the API server, or set the clock of this machine',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet; set the clock of this machine',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for other names; use one of them as server, or set tls-server-name',
  EPROTO: 'it does not speak TLS as expected; check whether the server is https:// or http://',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS; check whether the server is https:// or http://',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS; check whether the server is https:// or http://',
  HPE_INVALID_CONSTANT: 'it does not speak HTTP there',
};

const unknownAuthority =
  'its certificate is not signed by an authority known here; set certificate-authority-data of the kubeconfig to the CA of the cluster';

const unknownAuthorityCodes: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
]);

const permanent: ReadonlySet<string> = new Set([
  ...unknownAuthorityCodes,
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'INVALID_PURPOSE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_INVALID_CHAR',
  'PROXY_REFUSED',
  'NOT_KUBERNETES',
]);

/** Turns what the socket, TLS or DNS layer threw into one error that says what to do. */
export function unreachable(thrown: unknown, server: string): UnreachableError {
  if (thrown instanceof UnreachableError) return thrown;
  const error = firstOf(thrown);
  const code = codeOf(error);
  return new UnreachableError(code, server, `${server} could not be reached: ${meaningOf(code, error)}`);
}

/** Whether asking again can help: a certificate does not become valid within seconds, a restarting server comes back. */
export function isPassing(error: UnreachableError): boolean {
  return !permanent.has(error.code) && !error.code.startsWith('ERR_OSSL') && !error.code.startsWith('ERR_SSL_TLSV1');
}

/** With several addresses for one name the runtime throws an AggregateError whose own message is empty. */
function firstOf(thrown: unknown): NodeJS.ErrnoException {
  if (thrown instanceof AggregateError && thrown.errors[0] instanceof Error) return thrown.errors[0];
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

function codeOf(error: NodeJS.ErrnoException): string {
  if (error.code !== undefined && error.code !== '') return error.code;
  return /socket hang up|aborted|closed/i.test(error.message) ? 'ECONNRESET' : 'UNKNOWN';
}

function meaningOf(code: string, error: NodeJS.ErrnoException): string {
  if (unknownAuthorityCodes.has(code)) return `${unknownAuthority} (${code})`;
  if (code.startsWith('ERR_OSSL')) {
    return `the CA, client certificate or key of the context cannot be used: ${error.message}`;
  }
  if (code.startsWith('ERR_SSL_TLSV1') || code.startsWith('ERR_SSL_SSLV3_ALERT')) {
    return `it refused the TLS handshake, perhaps for the client certificate: ${error.message}`;
  }
  const meaning = meanings[code];
  if (meaning === undefined) return `${error.message} (${code})`;
  return code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? `${meaning} (${certifiedNames(error)})` : meaning;
}

/** The runtimes word this error differently, but both hand out the certificate. */
function certifiedNames(error: Error & { cert?: { subjectaltname?: string } }): string {
  return error.cert?.subjectaltname ?? error.message;
}

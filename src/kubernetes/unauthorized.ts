import { ApiError } from './errors.ts';

/**
 * Says more about a 401 whose reason is known here: the API server takes a request with an expired client
 * certificate for one without any, and answers no more than Unauthorized.
 * @param certificate PEM of the client certificate
 */
export async function explainUnauthorized(error: ApiError, certificate: string | undefined): Promise<ApiError> {
  if (error.status !== 401 || certificate === undefined) return error;
  const { X509Certificate } = await import('node:crypto');
  const end = new X509Certificate(certificate).validTo;
  if (Date.parse(end) > Date.now()) return error;
  const message = `${error.message}: the client certificate of the context expired on ${end}; renew it`;
  const { status, reason, verb, resource, objectName: name, namespace } = error;
  return new ApiError({
    status,
    reason,
    verb,
    resource,
    message,
    ...(name && { name }),
    ...(namespace && { namespace }),
  });
}

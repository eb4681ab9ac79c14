import { CloudError, type CloudErrorType } from '../bosh/cloud-error.ts';
import { ApiError, UnreachableError } from '../kubernetes/errors.ts';

/** What a response's `error` says. */
export interface Failure {
  readonly type: CloudErrorType;
  readonly message: string;
  readonly okToRetry: boolean;
}

/** Puts any error into the Director's words: what failed, why, and what a person can do. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof CloudError) return { type: error.type, message: error.message, okToRetry: error.okToRetry };
  if (error instanceof ApiError) return { ...describeApiError(error), okToRetry: false };
  if (error instanceof UnreachableError) return { type: 'CloudError', message: error.message, okToRetry: false };
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { type: 'CpiError', message: `unexpected failure, please report it: ${message}`, okToRetry: false };
}

function describeApiError(error: ApiError): { type: CloudErrorType; message: string } {
  const object = [error.resource, error.objectName].filter(Boolean).join(' ');
  const doing = `${error.verb} ${object}`;
  switch (error.status) {
    case 401:
      return {
        type: 'CloudError',
        message: `${doing}: the API server does not accept the credentials (401): renew the token or client certificate in the configuration`,
      };
    case 403:
      return describeForbidden(error, doing);
    case 429:
      return {
        type: 'CloudError',
        message: `${doing}: the API server kept answering 429 (too many requests): ${error.message}`,
      };
    default: {
      const server = error.status >= 500 ? `the API server kept answering ${error.status}: ` : '';
      return { type: 'CloudError', message: `${doing}: ${server}${error.message}` };
    }
  }
}

/** 403 has four authors: RBAC, quota, Pod Security and other admission; each has its own remedy. */
function describeForbidden(error: ApiError, doing: string): { type: CloudErrorType; message: string } {
  const { message } = error;
  if (message.includes('exceeded quota')) {
    const type = error.resource === 'persistentvolumeclaims' ? 'NoDiskSpace' : 'CloudError';
    return { type, message: `${doing}: ${message}: raise the ResourceQuota or free what it counts` };
  }
  if (message.includes('violates PodSecurity')) {
    const remedy = `kubectl label namespace ${error.namespace ?? 'NAMESPACE'} pod-security.kubernetes.io/enforce=privileged --overwrite`;
    return {
      type: 'CloudError',
      message: `${doing}: ${message}: BOSH machines are privileged pods, allow them with: ${remedy}`,
    };
  }
  if (/ cannot \w+ resource /.test(message)) {
    const where = error.namespace === undefined ? 'ClusterRole' : `Role of namespace ${error.namespace}`;
    return {
      type: 'CloudError',
      message: `missing right: ${error.verb} on ${error.resource}: add it to the ${where} (manifests/rbac.yml has all of them): ${message}`,
    };
  }
  return { type: 'CloudError', message: `${doing}: ${message}` };
}

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
  const policy = error.resource === 'pods' ? describePolicy(error) : undefined;
  if (policy !== undefined) return { type: 'CloudError', message: `${doing}: ${error.message}: ${policy}` };
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

/** 403 without a policy against it has three authors: RBAC, quota and other admission; each has its own remedy. */
function describeForbidden(error: ApiError, doing: string): { type: CloudErrorType; message: string } {
  const { message } = error;
  if (message.includes('exceeded quota')) {
    const type = error.resource === 'persistentvolumeclaims' ? 'NoDiskSpace' : 'CloudError';
    return { type, message: `${doing}: ${message}: raise the ResourceQuota or free what it counts` };
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

/** What lets a pod in that a policy keeps out, or undefined: Pod Security answers 403, admission by policy or webhook what it was told to, the API server's flag 422. */
function describePolicy({ message, namespace = 'NAMESPACE' }: ApiError): string | undefined {
  if (message.includes('violates PodSecurity')) {
    // baseline already forbids SYS_ADMIN, without which no agent mounts, and hostPath, by which disks come
    return (
      'BOSH machines need the level privileged, also those with cloud_properties.privileged: false; allow them with: ' +
      `kubectl label namespace ${namespace} pod-security.kubernetes.io/enforce=privileged --overwrite`
    );
  }
  const remedy =
    'or do without privileged pods: cloud_properties.privileged: false for machines, disks.attach: recreate for their disks';
  if (message.includes('privileged: Forbidden: disallowed by cluster policy')) {
    return `start the API server with --allow-privileged, ${remedy}`;
  }
  if (/admission webhook ".*" denied the request|ValidatingAdmissionPolicy '.*' denied request/.test(message)) {
    return `make the policy except namespace ${namespace}, ${remedy}`;
  }
  return undefined;
}

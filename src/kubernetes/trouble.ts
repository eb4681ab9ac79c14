import { ApiError, CredentialError, UnreachableError } from './errors.ts';
import { operationOf } from './operation.ts';

/** What keeps a collection from being read, in a sentence that says what to do where that is known. */
export function troubleOf(error: unknown, path: string): string {
  if (error instanceof ApiError) return refusal(error, path);
  if (error instanceof UnreachableError || error instanceof CredentialError) return error.message;
  if (error instanceof SyntaxError)
    return `the answer to ${path} is no list of objects; check the server of the kubeconfig and proxies`;
  const { code, message } = error as NodeJS.ErrnoException;
  return code === undefined ? message : `the connection was lost (${code})`;
}

function refusal({ status, message }: ApiError, path: string): string {
  const { resource, namespace } = operationOf('GET', path);
  switch (status) {
    case 401:
      return `the server does not accept the credentials of this context (${message}); log in anew`;
    case 403: {
      const where = namespace === undefined ? 'in all namespaces' : `in namespace ${namespace}`;
      const role = namespace === undefined ? 'clusterrole' : `role --namespace ${namespace}`;
      return `no right to list and watch ${resource} ${where}; grant it: kubectl create ${role} read-${resource} --verb=list,watch --resource=${resource}, and bind it to your user`;
    }
    case 404:
      return `the server has no ${resource} at ${path}`;
    case 410:
      return `the server no longer has the changes since the last one heard (${message})`;
    default:
      return message;
  }
}

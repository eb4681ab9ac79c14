import type { Cluster } from './cluster.ts';
import type { ExecResult } from './exec-session.ts';
import { operationOf } from './operation.ts';

/**
 * Runs a command in a container of a pod of the cluster's namespace, without stdin or terminal. Opening the connection
 * is retried as every call; a command that may have begun is not. A command that fails gives its exit code; throws
 * ApiError when the exec is refused or the command could not be started, UnreachableError when the connection breaks
 * or the command does not end in time.
 * @param options.timeoutMs bound of the whole in milliseconds, 30 s when omitted
 * Source: https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4006-transition-spdy-to-websockets
 */
export async function exec(
  cluster: Cluster,
  pod: string,
  container: string,
  command: readonly string[],
  options: { readonly timeoutMs?: number } = {},
): Promise<ExecResult> {
  const timeoutMs = options.timeoutMs ?? 30_000;
  const deadline = Date.now() + timeoutMs;
  const query = new URLSearchParams({ container, stdout: 'true', stderr: 'true' });
  for (const word of command) query.append('command', word);
  const [namespace, name] = [cluster.namespace, pod].map(encodeURIComponent);
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/exec?${query}`;
  const operation = operationOf('GET', path);
  // few calls need a WebSocket, and loading its library would cost all others 8 ms
  const { openSession } = await import('./exec-session.ts');
  const session = await cluster.upgrade(path, timeoutMs, (upgrade) => openSession(upgrade, operation, cluster.server));
  const timer = setTimeout(
    () => session.abandon(`a command in ${pod} did not end within ${timeoutMs} ms`),
    Math.max(0, deadline - Date.now()),
  );
  try {
    return await session.result;
  } finally {
    clearTimeout(timer);
  }
}

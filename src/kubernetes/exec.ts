import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from './cluster.ts';
import { ApiError } from './errors.ts';
import type { ExecResult, Session } from './exec-session.ts';
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
  const session = await whenKnown(deadline, () =>
    cluster.upgrade(path, timeoutMs, (upgrade) => openSession(upgrade, operation, cluster.server)),
  );
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

/** How long a kubelet may take to learn of its pods, and the pause between two questions, in milliseconds. */
const learning = { mostMs: 15_000, pauseMs: 500 };

/**
 * Opens a connection that a kubelet refuses which has just been started: it does not know its pods yet. Its 404 is plain text, where the API server's own,
 * of a pod that is not there, is a Status.
 */
async function whenKnown(deadline: number, open: () => Promise<Session>): Promise<Session> {
  const until = Math.min(deadline, Date.now() + learning.mostMs);
  for (;;) {
    try {
      return await open();
    } catch (error) {
      const unknown = error instanceof ApiError && error.status === 404 && error.details === undefined;
      if (!unknown || Date.now() + learning.pauseMs > until) throw error;
    }
    await sleep(learning.pauseMs);
  }
}

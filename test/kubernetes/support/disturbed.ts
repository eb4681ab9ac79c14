import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ExecutionContext } from 'ava';
import type { Cluster } from '../../../src/kubernetes/cluster.ts';
import { ApiError } from '../../../src/kubernetes/errors.ts';
import { answer, connectTo, failure, serve, targetAt } from './server.ts';

/** What happens to a request instead of being forwarded. */
export type Disturbance = 'refuse' | { readonly status: number; readonly reason: string } | { readonly body: string };

/** A client that reaches an API server through something that can go wrong in every way. */
export interface Disturbed {
  readonly cluster: Cluster;
  /** Requests that came, in their order. */
  readonly requests: URL[];
  /** Asked for each request; undefined forwards it. */
  rule: (url: URL) => Disturbance | undefined;
  /** How many answers are under way. */
  answering(): number;
  /** Ends what is being answered, in good order. */
  end(): void;
  /** Breaks what is being answered, inside whatever is being said. */
  cut(): void;
  /** From now on nothing more is said on the connections there are, and they stay open. */
  stall(): void;
}

export async function disturbed(t: ExecutionContext, upstream: Cluster): Promise<Disturbed> {
  const open = new Set<ServerResponse>();
  const stalled = new WeakSet<ServerResponse>();

  async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const abort = new AbortController();
    response.on('close', () => abort.abort());
    try {
      const accept = request.headers.accept ?? 'application/json';
      const body = await upstream.stream(request.url ?? '', { accept, signal: abort.signal });
      response.writeHead(200);
      response.flushHeaders();
      open.add(response);
      for await (const chunk of body) if (!stalled.has(response)) response.write(chunk);
      if (!stalled.has(response)) response.end();
    } catch (error) {
      if (error instanceof ApiError) answer(response, error.status, failure(error.status, error.reason, error.message));
      else response.destroy();
    } finally {
      if (!stalled.has(response)) open.delete(response);
    }
  }

  const { url } = await serve(t, (request, response) => {
    const asked = new URL(request.url ?? '', 'http://x');
    self.requests.push(asked);
    const disturbance = self.rule(asked);
    if (disturbance === undefined) void forward(request, response);
    else if (disturbance === 'refuse') request.socket.destroy();
    else if ('body' in disturbance) response.writeHead(200).end(disturbance.body);
    else answer(response, disturbance.status, failure(disturbance.status, disturbance.reason, 'as the test wants it'));
  });

  const self: Disturbed = {
    cluster: connectTo(t, targetAt(url)),
    requests: [],
    rule: () => undefined,
    answering: () => open.size,
    end() {
      for (const response of open) response.end();
    },
    cut() {
      for (const response of open) response.write('{"type":"MODIFIED","object":{"meta', () => response.destroy());
    },
    stall() {
      for (const response of open) stalled.add(response);
    },
  };
  return self;
}

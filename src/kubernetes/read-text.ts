import { UnreachableError } from './errors.ts';
import type { Streamed } from './transport.ts';

/** Bounds of an answer's body, in milliseconds. */
interface BodyBounds {
  /** Longest silence. */
  readonly idleMs: number;
  /** Longest time in all. */
  readonly totalMs: number;
}

/**
 * Reads a whole body as UTF-8. A body that pauses, drips for too long or is cut off is an error: half a JSON document
 * is no answer.
 */
export async function readText(
  { body, cancel }: Pick<Streamed, 'body' | 'cancel'>,
  server: string,
  bounds: BodyBounds,
): Promise<string> {
  let expired: UnreachableError | undefined;
  const stop = (ms: number) => () => {
    expired = new UnreachableError('TIMEOUT', server, `${server} did not finish its answer within ${ms} ms`);
    cancel(expired);
  };
  const idle = setTimeout(stop(bounds.idleMs), bounds.idleMs);
  const total = setTimeout(stop(bounds.totalMs), bounds.totalMs);
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of body) {
      idle.refresh();
      chunks.push(chunk);
    }
  } catch (error) {
    throw expired ?? error;
  } finally {
    clearTimeout(idle);
    clearTimeout(total);
  }
  return Buffer.concat(chunks).toString('utf8');
}

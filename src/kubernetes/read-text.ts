import type { Readable } from 'node:stream';
import { UnreachableError } from './errors.ts';

/**
 * Reads a whole body as UTF-8. A body that pauses, drips for too long or is cut off is an error: half a JSON document
 * is no answer.
 * @param bounds.idleMs longest silence in milliseconds
 * @param bounds.totalMs longest time in all in milliseconds
 */
export function readText(
  body: Readable,
  server: string,
  bounds: { readonly idleMs: number; readonly totalMs: number },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const stop = (ms: number) => () =>
      body.destroy(new UnreachableError('TIMEOUT', server, `${server} did not finish its answer within ${ms} ms`));
    const idle = setTimeout(stop(bounds.idleMs), bounds.idleMs);
    const total = setTimeout(stop(bounds.totalMs), bounds.totalMs);
    let ended = false;
    function settle(): void {
      clearTimeout(idle);
      clearTimeout(total);
    }
    body.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      idle.refresh();
    });
    body.on('end', () => {
      ended = true;
      settle();
      resolve(Buffer.concat(chunks).toString('utf8'));
    });
    body.on('error', (error) => {
      settle();
      reject(error);
    });
    body.on('close', () => {
      settle();
      if (!ended)
        reject(new UnreachableError('ECONNRESET', server, `${server} closed the connection within its answer`));
    });
  });
}

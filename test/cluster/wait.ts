import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again and again until there is an answer.
 * @param what for the error: what was waited for
 * @param ask undefined or an exception means: not yet
 * @throws Error with the last exception's message once the time is over
 */
export async function waitFor<T>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<T | undefined>,
  everyMs = 50,
): Promise<T> {
  let last = '';
  for (const end = Date.now() + timeoutMs; ; await sleep(everyMs)) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error instanceof Error ? `: ${error.message}` : '';
    }
    if (Date.now() > end) throw new Error(`${what}: not after ${timeoutMs / 1000} s${last}`);
  }
}

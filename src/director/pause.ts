import { setTimeout as wait } from 'node:timers/promises';

/** A wait that can be cut short. */
export interface Pause {
  wait(ms: number): Promise<void>;
  /** Ends the wait; when there is none, the next one. */
  end(): void;
}

export function createPause(): Pause {
  let ended = false;
  let finish: (() => void) | undefined;

  return {
    async wait(ms) {
      if (!ended) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, Math.max(0, ms));
          finish = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      ended = false;
      finish = undefined;
    },
    end() {
      ended = true;
      finish?.();
    },
  };
}

/** Waits so many milliseconds, or throws what the signal is aborted with. */
export async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await wait(ms, undefined, { ...(signal && { signal }) });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

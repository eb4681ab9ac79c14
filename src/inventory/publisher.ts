/** Lets many changes become few publications. */
export interface Publisher {
  /** Something changed. */
  touch(): void;
  subscribe(listener: () => void): () => void;
  stop(): void;
}

/** Pause between two publications in milliseconds: 15 a second are as many as anybody can see. */
const pauseMs = 66;

/** @param flush brings everything in order before listeners look at it */
export function createPublisher(flush: () => void): Publisher {
  const listeners = new Set<() => void>();
  let timer: NodeJS.Timeout | undefined;
  let last = Number.NEGATIVE_INFINITY;

  function publish(): void {
    timer = undefined;
    last = performance.now();
    flush();
    for (const listener of [...listeners]) listener();
  }

  return {
    touch() {
      timer ??= setTimeout(publish, Math.max(0, last + pauseMs - performance.now()));
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop() {
      clearTimeout(timer);
      listeners.clear();
    },
  };
}

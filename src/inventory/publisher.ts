/** Lets many changes become few publications. */
export interface Publisher {
  /** Something changed. */
  touch(): void;
  subscribe(listener: () => void): () => void;
  stop(): void;
}

/**
 * @param flush brings everything in order before listeners look at it
 * @param pause milliseconds between two publications, asked for at every change after the first publication: a shorter one counts from the last publication on
 */
export function createPublisher(flush: () => void, pause: () => number): Publisher {
  const listeners = new Set<() => void>();
  let timer: NodeJS.Timeout | undefined;
  let due = Number.POSITIVE_INFINITY;
  let last: number | undefined;

  function publish(): void {
    due = Number.POSITIVE_INFINITY;
    last = performance.now();
    flush();
    for (const listener of [...listeners]) listener();
  }

  return {
    touch() {
      const now = performance.now();
      const wanted = last === undefined ? now : Math.max(now, last + pause());
      if (wanted >= due) return;
      clearTimeout(timer);
      due = wanted;
      timer = setTimeout(publish, wanted - now);
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

/** Work by key: a key is never worked on twice at once, and is worked on again when it was added meanwhile. */
export interface Queue {
  add(key: string, delayMs?: number): void;
  stop(): void;
}

const FAILURE_DELAY_MS = 50;

/** @param work does one key; a number it returns is when to look at the key again, in milliseconds */
export function createQueue(work: (key: string) => Promise<number | undefined>): Queue {
  const running = new Set<string>();
  const again = new Set<string>();
  const timers = new Map<string, { timer: NodeJS.Timeout; due: number }>();
  const failures = new Map<string, number>();
  let stopped = false;

  async function run(key: string): Promise<void> {
    if (stopped) return;
    if (running.has(key)) {
      again.add(key);
      return;
    }
    running.add(key);
    let delay: number | undefined;
    try {
      delay = await work(key);
      failures.delete(key);
    } catch {
      // Conflicts and races are usual: the next try reads the newest state.
      const count = (failures.get(key) ?? 0) + 1;
      failures.set(key, count);
      delay = FAILURE_DELAY_MS * Math.min(count, 20);
    }
    running.delete(key);
    if (again.delete(key)) add(key);
    else if (delay !== undefined) add(key, delay);
  }

  function add(key: string, delayMs = 0): void {
    if (stopped) return;
    const due = performance.now() + delayMs;
    const waiting = timers.get(key);
    if (waiting !== undefined) {
      if (waiting.due <= due) return;
      clearTimeout(waiting.timer);
    }
    const timer = setTimeout(() => {
      timers.delete(key);
      void run(key);
    }, delayMs);
    timers.set(key, { timer, due });
  }

  return {
    add,
    stop() {
      stopped = true;
      for (const { timer } of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}

import type { Task } from './tasks.ts';
import type { Work } from './work.ts';

export interface Lock {
  /** `lock:deployment:cf` */
  readonly name: string;
  readonly task: Task;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

export interface Locks {
  list(): readonly Lock[];
  /**
   * Does something while holding a lock.
   * @param timeoutMs how long to wait for it; 0: it must be free now
   * @throws LockTimeout
   */
  hold<T>(name: string, work: Work, timeoutMs: number, act: () => Promise<T>): Promise<T>;
}

export class LockTimeout extends Error {}

/** A lock is renewed long before; bosh-director, lib/bosh/director/lock.rb. */
const EXPIRATION_MS = 241_000;

/** The locks of a Director, given in the order they were asked for. */
export function createLocks(): Locks {
  const held = new Map<string, Lock>();
  const waiting = new Map<string, (() => void)[]>();

  async function acquire(name: string, task: Task, timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    // somebody else may be quicker than the one that was woken
    while (held.has(name) && Date.now() < deadline) {
      await new Promise<void>((resolve) => {
        const queue = waiting.get(name) ?? [];
        waiting.set(name, [...queue, resolve]);
        setTimeout(() => {
          const others = waiting.get(name) ?? [];
          waiting.set(
            name,
            others.filter((one) => one !== resolve),
          );
          resolve();
        }, deadline - Date.now()).unref();
      });
    }
    const holder = held.get(name);
    if (holder !== undefined) {
      const { id, description } = holder.task;
      throw new LockTimeout(
        `Failed to acquire lock for ${name} uid: ${task.id}. Locking task id is ${id}, description: '${description}'`,
      );
    }
    held.set(name, { name, task, expires: Date.now() + EXPIRATION_MS });
  }

  return {
    list: () => [...held.values()],
    async hold(name, work, timeoutMs, act) {
      const { task } = work;
      await acquire(name, task, timeoutMs);
      const about = { object_type: 'lock', object_name: name, deployment: task.deployment, context: {} };
      work.log({ ...about, action: 'acquire' });
      try {
        return await act();
      } finally {
        held.delete(name);
        work.log({ ...about, action: 'release' });
        const [first, ...others] = waiting.get(name) ?? [];
        waiting.set(name, others);
        first?.();
      }
    },
  };
}

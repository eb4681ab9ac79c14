import { taskAnswer } from './activity-answers.ts';
import { createLineReader } from './lines.ts';
import type { DirectorTask } from './model.ts';
import { sleep } from './pause.ts';
import type { Requests } from './requests.ts';

/** What a task says of itself while it runs. Times are milliseconds since 1970. */
export type TaskEvent =
  | {
      readonly kind: 'step';
      readonly time: number;
      /** E.g. `Updating instance`. */
      readonly stage: string;
      /** What of the stage, e.g. `zookeeper/5a2f… (0)`. */
      readonly task: string;
      readonly tags: readonly string[];
      readonly index: number;
      readonly total: number;
      readonly state: 'started' | 'in_progress' | 'finished' | 'failed';
      /** Percent. */
      readonly progress: number;
      /** Of a failed step. */
      readonly error: string | undefined;
    }
  | { readonly kind: 'warning'; readonly time: number; readonly message: string }
  | { readonly kind: 'error'; readonly time: number; readonly code: number | undefined; readonly message: string };

/** How a task ended: `done`, `error`, `cancelled` or `timeout`. */
export interface TaskEnd extends DirectorTask {
  /** A sentence of the Director's: of a failed task, why. */
  readonly result: string;
}

const unfinished: readonly string[] = ['queued', 'processing', 'cancelling'];

export function isUnfinished({ state }: Pick<DirectorTask, 'state'>): boolean {
  return unfinished.includes(state);
}

/**
 * Waits for the end of a task and hands out its events as they come, each once and in order.
 * @param waitMs pause between two looks
 * @param signal ends the waiting; the task goes on
 */
export async function followTask(
  requests: Requests,
  id: number,
  waitMs: number,
  onEvent: (event: TaskEvent) => void,
  signal?: AbortSignal,
): Promise<TaskEnd> {
  const lines = createLineReader();
  let from = 0;
  for (;;) {
    const task = await requests.read(`/tasks/${id}`, taskAnswer, signal);
    // read after the state: when it is over, so is the output
    const bytes = await requests.more(`/tasks/${id}/output?type=event`, from, signal);
    from += bytes.length;
    const over = !isUnfinished(task);
    for (const line of [...lines.push(bytes), ...(over ? lines.end() : [])]) {
      const event = eventOf(line);
      if (event !== undefined) onEvent(event);
    }
    if (over) return task;
    await sleep(waitMs, signal);
  }
}

interface WireEvent {
  readonly time: number;
  readonly stage?: string;
  readonly task?: string;
  readonly tags?: readonly string[] | null;
  readonly index?: number;
  readonly total?: number;
  readonly state?: 'started' | 'in_progress' | 'finished' | 'failed';
  readonly progress?: number;
  readonly data?: { readonly error?: string } | null;
  readonly type?: string;
  readonly message?: string;
  readonly error?: { readonly code?: number; readonly message?: string };
}

/** @returns undefined for a line of a kind that is not known: a newer Director may say more */
function eventOf(line: string): TaskEvent | undefined {
  let wire: WireEvent;
  try {
    wire = JSON.parse(line) as WireEvent;
  } catch {
    return undefined;
  }
  const time = wire.time * 1000;
  if (wire.error !== undefined) {
    return { kind: 'error', time, code: wire.error.code, message: wire.error.message ?? '' };
  }
  if (wire.type !== undefined) return { kind: 'warning', time, message: wire.message ?? '' };
  if (wire.stage === undefined || wire.state === undefined) return undefined;
  return {
    kind: 'step',
    time,
    stage: wire.stage,
    task: wire.task ?? '',
    tags: wire.tags ?? [],
    index: wire.index ?? 0,
    total: wire.total ?? 0,
    state: wire.state,
    progress: wire.progress ?? 0,
    error: wire.data?.error,
  };
}

import { codeOf, DirectorError } from './error.ts';
import { createEventLog, type EventLog } from './event-log.ts';
import { createWork, type Work } from './work.ts';

export type TaskState = 'queued' | 'processing' | 'cancelling' | 'cancelled' | 'done' | 'error';
export type OutputType = 'event' | 'result' | 'debug' | 'cpi';

export interface Task {
  readonly id: number;
  readonly type: string;
  readonly description: string;
  readonly user: string;
  readonly deployment: string | undefined;
  readonly contextId: string;
  state: TaskState;
  /** Milliseconds since 1970, as the next one. */
  started: number | undefined;
  finished: number | undefined;
  /** Undefined until it is over. */
  result: string | undefined;
  readonly output: Record<OutputType, string>;
}

export interface TaskRequest {
  /** As bosh-director names it in job_type: what is listed without `--all` goes by it. */
  readonly type: string;
  readonly description: string;
  readonly user: string;
  readonly deployment?: string;
  readonly contextId?: string;
  /** Taken by a worker of its own. */
  readonly urgent?: boolean;
  /** What time it is to the task, milliseconds since 1970: for what is said to have happened long ago. */
  readonly now?: () => number;
}

export type Job = (work: Work) => Promise<string | undefined>;

export interface Tasks {
  /** The audit log that tasks write to. */
  readonly events: EventLog;
  enqueue(request: TaskRequest, job: Job): Task;
  /** @throws DirectorError TaskNotFound */
  find(id: string): Task;
  /** Newest first. */
  list(): readonly Task[];
  /** @returns false where it is over, or being cancelled already */
  cancel(task: Task): boolean;
  /** Resolves when a task is over. */
  ended(task: Task): Promise<void>;
}

/** How many tasks run at a time; a Director's `workers`. */
const WORKERS = 3;
/** Finished tasks that are kept of each type; a Director's `max_tasks`. */
const KEPT = 100;
const RESULT_LENGTH = 128;

/** The tasks of a Director: a queue, workers, and what they wrote. */
export function createTasks(): Tasks {
  const tasks = new Map<number, Task>();
  const ends = new Map<number, Promise<void>>();
  const waiting: (() => Promise<void>)[] = [];
  const events = createEventLog();
  let last = 0;
  let busy = 0;

  function next(): void {
    while (busy < WORKERS) {
      const run = waiting.shift();
      if (run === undefined) return;
      busy++;
      void run().finally(() => {
        busy--;
        next();
      });
    }
  }

  async function perform(task: Task, job: Job, now: () => number): Promise<void> {
    const work = createWork(task, events, now);
    const end = (state: TaskState, result: string) => {
      task.finished = now();
      task.result = result.length > RESULT_LENGTH ? `${result.slice(0, RESULT_LENGTH)}...` : result;
      task.state = state;
    };
    try {
      work.checkpoint();
      task.state = 'processing';
      task.started = now();
      work.debug(`Starting task: ${task.id}`);
      end('done', (await job(work)) ?? '');
    } catch (error) {
      const { message } = error as Error;
      work.entry({ error: { code: codeOf(error), message } });
      work.debug(message);
      if (error instanceof DirectorError && error.code === 10001) end('cancelled', 'task cancelled');
      else end('error', message);
    }
    prune(task.type);
  }

  function prune(type: string): void {
    const over = [...tasks.values()].filter((task) => task.type === type && task.finished !== undefined);
    for (const { id } of over.slice(0, -KEPT)) {
      tasks.delete(id);
      ends.delete(id);
    }
  }

  return {
    events,
    enqueue({ urgent = false, now = Date.now, deployment, contextId = '', ...request }, job) {
      const output = { event: '', result: '', debug: '', cpi: '' };
      const rest = { state: 'queued', started: undefined, finished: undefined, result: undefined, output } as const;
      const task: Task = { id: ++last, ...request, deployment, contextId, ...rest };
      tasks.set(task.id, task);
      ends.set(
        task.id,
        new Promise((resolve) => {
          const run = () => perform(task, job, now).finally(resolve);
          // the client gets its answer before the work begins
          if (urgent) setImmediate(() => void run());
          else {
            waiting.push(run);
            setImmediate(next);
          }
        }),
      );
      return task;
    },
    find(id) {
      const task = tasks.get(Number(id));
      if (task === undefined) throw new DirectorError('TaskNotFound', `Task ${id} not found`);
      return task;
    },
    list: () => [...tasks.values()].reverse(),
    cancel(task) {
      if (task.state !== 'queued' && task.state !== 'processing') return false;
      task.state = 'cancelling';
      return true;
    },
    async ended(task) {
      await ends.get(task.id);
    },
  };
}

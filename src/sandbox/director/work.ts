import { DirectorError } from './error.ts';
import type { EventLog, LoggedEvent } from './event-log.ts';
import type { Task } from './tasks.ts';

/** What a job writes to while it runs. */
export interface Work {
  readonly task: Task;
  now(): number;
  /** Begins a stage of the task's event output; undefined where nobody counts its steps. */
  stage(name: string, total?: number, tags?: readonly string[]): Stage;
  /** Writes a line of the event output, with the time. */
  entry(fields: object): void;
  warn(message: string): void;
  /** Writes a line of the result. */
  answer(line: object): void;
  debug(line: string): void;
  cpi(line: string): void;
  /** Writes to the Director's events; for an end, the id of its beginning. */
  log(event: Omit<LoggedEvent, 'id' | 'timestamp' | 'user' | 'task'>): string;
  /** Does something between two events. */
  logged<T>(
    event: { action: string; object: string; name?: string; instance?: string },
    act: () => Promise<T>,
  ): Promise<T>;
  /** @throws DirectorError TaskCancelled once somebody cancelled the task */
  checkpoint(): void;
}

export interface Stage {
  /** Does one step; what it throws is written and thrown on. */
  track<T>(name: string, step: (advance: (progress: number, status: string) => void) => Promise<T>): Promise<T>;
}

/** @param now what time it is to the task */
export function createWork(task: Task, events: EventLog, now: () => number): Work {
  const seconds = () => Math.floor(now() / 1000);
  const entry = (fields: object) => {
    task.output.event += `${JSON.stringify({ time: seconds(), ...fields })}\n`;
  };
  const debug = (line: string) => {
    const time = new Date(now()).toISOString().replace('Z', '000');
    task.output.debug += `I, [${time} #1] [task:${task.id}]  INFO -- DirectorJobRunner: ${line}\n`;
  };
  const log: Work['log'] = (event) =>
    events.add({ ...event, timestamp: seconds(), user: task.user, task: String(task.id) });

  return {
    task,
    now,
    entry,
    debug,
    log,
    warn: (message) => entry({ type: 'warning', message }),
    answer(line) {
      task.output.result += `${JSON.stringify(line)}\n`;
    },
    cpi(line) {
      task.output.cpi += `${line}\n`;
      debug(line);
    },
    checkpoint() {
      if (task.state === 'cancelling') throw new DirectorError('TaskCancelled', `Task ${task.id} cancelled`);
    },
    async logged({ action, object, name, instance }, act) {
      const about = {
        action,
        object_type: object,
        object_name: name,
        deployment: task.deployment,
        instance,
        context: {},
      };
      const parent = log(about);
      try {
        const result = await act();
        log({ ...about, parent_id: parent });
        return result;
      } catch (error) {
        log({ ...about, parent_id: parent, error: (error as Error).message });
        throw error;
      }
    },
    stage(stage, total, tags = []) {
      let steps = 0;
      return {
        async track(name, step) {
          steps += 1;
          const index = steps;
          const say = (state: string, progress: number, data?: object) =>
            entry({ stage, tags, total: total ?? null, task: name, index, state, progress, ...(data && { data }) });
          debug(name);
          say('started', 0);
          try {
            const result = await step((progress, status) => say('in_progress', progress, { status }));
            say('finished', 100);
            return result;
          } catch (error) {
            say('failed', 100, { error: (error as Error).message });
            throw error;
          }
        },
      };
    },
  };
}

/** An entry of a Director's audit log, as `GET /events` answers it; what is undefined is left out. */
export interface LoggedEvent {
  readonly id: string;
  readonly parent_id?: string | undefined;
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly user: string;
  readonly action: string;
  readonly object_type: string;
  readonly object_name?: string | undefined;
  readonly error?: string | undefined;
  readonly task?: string | undefined;
  readonly deployment?: string | undefined;
  readonly instance?: string | undefined;
  readonly context: Readonly<Record<string, unknown>>;
}

export interface EventLog {
  /** @returns its id */
  add(event: Omit<LoggedEvent, 'id'>): string;
  /** Newest first. */
  list(): readonly LoggedEvent[];
}

/** A Director's `max_events`. */
const KEPT = 10_000;

export function createEventLog(): EventLog {
  let entries: LoggedEvent[] = [];
  let last = 0;
  return {
    add({ parent_id, timestamp, user, action, object_type, object_name, error, task, deployment, instance, context }) {
      const id = String(++last);
      // in the order of the real one's answers
      const about = { timestamp, user, action, object_type, object_name, error, task, deployment, instance, context };
      entries.push({ id, parent_id, ...about });
      if (entries.length > 2 * KEPT) entries = entries.slice(-KEPT);
      return id;
    },
    list: () => entries.slice(-KEPT).reverse(),
  };
}

/** The Director's JSON, as it is recorded in test/fixtures/director/api, and what the model makes of it: what happens. */
import * as v from 'valibot';
import { maybe, orNone, text, texts } from './fields.ts';
import type { DirectorEvent, DirectorLock, DirectorProblem } from './model.ts';
import type { TaskEnd } from './tasks.ts';

export const locksAnswer = v.array(
  v.pipe(
    v.object({ type: text, resource: texts, task_id: maybe }),
    v.transform(({ type, resource, task_id }): DirectorLock => ({ type, resource, task: orNone(task_id) })),
  ),
);

/** One task, over or not. */
export const taskAnswer = v.pipe(
  v.object({
    id: v.number(),
    state: text,
    description: text,
    deployment: maybe,
    user: maybe,
    started_at: v.nullish(v.number()),
    result: maybe,
  }),
  v.transform(
    ({ id, state, description, deployment, user, started_at, result }): TaskEnd => ({
      id,
      state,
      description,
      deployment: orNone(deployment),
      user: user ?? '',
      started: started_at ? started_at * 1000 : undefined,
      result: result ?? '',
    }),
  ),
);

export const tasksAnswer = v.array(taskAnswer);

export const problemsAnswer = v.array(
  v.pipe(
    v.object({
      id: v.number(),
      type: text,
      description: text,
      instance_group: maybe,
      resolutions: v.array(v.object({ name: text, plan: text })),
    }),
    v.transform(({ instance_group, ...rest }): DirectorProblem => ({ ...rest, group: orNone(instance_group) })),
  ),
);

export const eventsAnswer = v.array(
  v.pipe(
    v.object({
      id: text,
      timestamp: v.number(),
      user: maybe,
      action: text,
      object_type: text,
      object_name: maybe,
      error: maybe,
      task: maybe,
      deployment: maybe,
      instance: maybe,
    }),
    v.transform(
      (event): DirectorEvent => ({
        id: event.id,
        time: event.timestamp * 1000,
        user: orNone(event.user),
        action: event.action,
        type: event.object_type,
        name: orNone(event.object_name),
        error: orNone(event.error),
        task: orNone(event.task),
        deployment: orNone(event.deployment),
        instance: orNone(event.instance),
      }),
    ),
  ),
);

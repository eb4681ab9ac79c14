import type { OutputType, Task } from '../tasks.ts';
import { type Answer, plain, typed } from './answer.ts';
import { ranged } from './range.ts';
import { type Asked, place, type Route } from './route.ts';

/** Types that `bosh tasks` shows without `--all`; bosh-director, api/controllers/tasks_controller.rb. */
const mainTypes: readonly string[] = [
  'attach_disk',
  'create_snapshot',
  'delete_deployment',
  'delete_release',
  'delete_snapshot',
  'delete_stemcell',
  'run_errand',
  'snapshot_deployment',
  'update_instance',
  'update_deployment',
  'update_release',
  'update_stemcell',
  'export_release',
];

/** Tasks and what they wrote. */
export const taskRoutes: readonly Route[] = [
  { method: 'GET', path: '/tasks', scope: 'read', handle: list },
  {
    method: 'GET',
    path: '/tasks/:id',
    scope: 'read',
    handle: (asked) => typed(hash(asked.director.tasks.find(place(asked, 'id')))),
  },
  {
    method: 'GET',
    path: '/tasks/:id/output',
    scope: (query) => (['event', 'result', 'none'].includes(query.get('type') ?? 'debug') ? 'read' : 'admin'),
    handle: output,
  },
  {
    method: 'DELETE',
    path: '/task/:id',
    scope: 'admin',
    handle(asked) {
      const { tasks } = asked.director;
      const task = tasks.find(place(asked, 'id'));
      if (tasks.cancel(task)) return plain(204, '');
      return plain(400, `Cannot cancel task ${task.id}: invalid state (${task.state})`);
    },
  },
  {
    method: 'POST',
    path: '/tasks/cancel',
    scope: 'admin',
    takes: 'application/json',
    handle({ director: { tasks }, body }) {
      const { states = [], types = [], deployment } = JSON.parse(body || '{}') as Selector;
      const chosen = states.length === 0 ? ['queued'] : states;
      const wrong = chosen.find((state) => state !== 'queued' && state !== 'processing');
      if (wrong !== undefined) {
        return plain(400, `${wrong} is not one of the cancellable states: queued, processing`);
      }
      for (const task of tasks.list()) {
        if (!chosen.includes(task.state) || (types.length > 0 && !types.includes(task.type))) continue;
        if (deployment === undefined || deployment === task.deployment) tasks.cancel(task);
      }
      return plain(204, '');
    },
  },
];

interface Selector {
  readonly states?: readonly string[];
  readonly types?: readonly string[];
  readonly deployment?: string;
}

function list({ director, query }: Asked): Answer {
  const states = (query.get('state') ?? '').split(',').filter(Boolean);
  const verbose = (query.get('verbose') ?? '1') !== '1';
  const limit = query.get('limit');
  const [deployment, context] = [query.get('deployment'), query.get('context_id')];
  const found = director.tasks
    .list()
    .filter(
      (task) =>
        (states.length === 0 || states.includes(task.state)) &&
        (verbose || mainTypes.includes(task.type)) &&
        (deployment === null || deployment === task.deployment) &&
        (context === null || context === task.contextId),
    );
  return typed(found.slice(0, limit === null ? undefined : Math.max(1, Number(limit) || 0)).map(hash));
}

function hash(task: Task): object {
  const seconds = (at: number | undefined) => (at === undefined ? null : Math.floor(at / 1000));
  const { id, state, description, started, finished, result = null, user, deployment = null, contextId } = task;
  return {
    id,
    state,
    description,
    timestamp: seconds(finished ?? (state === 'cancelling' ? (started ?? Date.now()) : undefined)),
    started_at: seconds(started),
    result,
    user,
    deployment,
    context_id: contextId,
  };
}

function output(asked: Asked): Answer {
  const type = asked.query.get('type') ?? 'debug';
  const task = asked.director.tasks.find(place(asked, 'id'));
  if (type === 'none' || task.state === 'queued') return plain(204, '');
  if (!(type in task.output)) return plain(204, '');
  const text = task.output[type as OutputType];
  if (type === 'event' || type === 'result') return ranged(text, asked.headers.range, plain(200, text));
  // files of the Director's, as they lie on its disk
  const answer = {
    ...plain(200, text, 'text/plain;charset=utf-8'),
    headers: { 'Last-Modified': new Date(task.finished ?? Date.now()).toUTCString() },
  };
  return ranged(text, asked.headers.range, answer);
}

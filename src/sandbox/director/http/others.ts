import { type Director, stemcellsOf } from '../director.ts';
import type { LoggedEvent } from '../event-log.ts';
import { type Answer, plain, typed, untyped } from './answer.ts';
import { type Asked, place, type Route } from './route.ts';

/** A Director's other listings. */
export const otherRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/locks',
    scope: 'read',
    handle: ({ director }) =>
      typed(
        director.locks.list().map(({ name, expires, task }) => {
          const [, type, ...resource] = name.split(':');
          return { type, resource, timeout: (expires / 1000).toFixed(6), task_id: String(task.id) };
        }),
      ),
  },
  { method: 'GET', path: '/events', scope: 'read', handle: events },
  {
    method: 'GET',
    path: '/events/:id',
    scope: 'admin',
    handle(asked) {
      const event = asked.director.tasks.events.list().find(({ id }) => id === place(asked, 'id'));
      return event === undefined ? plain(404, 'Event not found') : typed(event);
    },
  },
  {
    method: 'GET',
    path: '/stemcells',
    scope: 'read',
    handle: ({ director }) =>
      untyped(
        director.stemcells.map((stemcell) => ({
          name: stemcell.name,
          operating_system: stemcell.operatingSystem,
          version: stemcell.version,
          cid: stemcell.cid,
          cpi: '',
          deployments: [...director.deployments.values()]
            .filter((deployment) => stemcellsOf(deployment).includes(stemcell))
            .map(({ name }) => ({ name })),
          api_version: 3,
          id: stemcell.id,
        })),
      ),
  },
  { method: 'GET', path: '/releases', scope: 'read', handle: ({ director }) => untyped(releases(director)) },
  { method: 'GET', path: '/configs', scope: 'read', handle: () => untyped([]) },
  {
    method: 'GET',
    path: '/networks',
    scope: 'admin',
    handle: ({ query }) =>
      query.get('orphaned') === 'true'
        ? typed([])
        : plain(500, 'listing active networks is not implemented', 'application/json'),
  },
];

function releases({ deployments }: Director): readonly object[] {
  const all = [...deployments.values()].flatMap((deployment) => deployment.releases);
  const names = [...new Set(all.map(({ name }) => name))];
  return names.map((name) => ({
    name,
    release_versions: [
      ...new Map(all.filter((one) => one.name === name).map((one) => [one.version, one])).values(),
    ].map(({ version, jobs }) => ({
      version,
      commit_hash: 'empty',
      uncommitted_changes: false,
      currently_deployed: true,
      job_names: jobs,
    })),
  }));
}

/** How many events an answer has at most. */
const EVENT_LIMIT = 200;

function events({ director, query }: Asked): Answer {
  const fields = ['task', 'deployment', 'instance', 'user', 'action', 'object_type', 'object_name'] as const;
  const wanted = fields.flatMap((field) => {
    const value = query.get(field);
    return value === null ? [] : [(event: LoggedEvent) => event[field] === value];
  });
  const [beforeId, before, after] = ['before_id', 'before_time', 'after_time'].map((name) => query.get(name));
  if (beforeId) wanted.push(({ id }) => Number(id) < Number(beforeId));
  if (before) wanted.push(({ timestamp }) => timestamp < seconds(before));
  if (after) wanted.push(({ timestamp }) => timestamp > seconds(after));
  const found = director.tasks.events.list().filter((event) => wanted.every((fits) => fits(event)));
  return typed(found.slice(0, EVENT_LIMIT));
}

/** A time in seconds since 1970, or in words. */
function seconds(text: string): number {
  return /^[-+]?\d+$/.test(text) ? Number(text) : Math.floor(Date.parse(text) / 1000);
}

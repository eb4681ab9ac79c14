import type { Shape } from './shape.ts';

/** What is asked about: it has another name on each side. */
export interface Names {
  readonly deployment: string;
  /** A task that is over and wrote events; `scan` one whose result are instances. */
  readonly task: string;
  readonly scan: string;
}

/** One request, and what every Director answers. */
export interface Case {
  readonly title: string;
  readonly path: (names: Names) => string;
  readonly headers?: Readonly<Record<string, string>>;
  /** With a password that is wrong. */
  readonly stranger?: boolean;
  /** Recordings of it. */
  readonly recorded: readonly string[];
  readonly status: number;
  readonly type: string;
  /** Whether it says how to log in. */
  readonly challenge?: false;
  readonly headersLike?: Readonly<Record<string, RegExp>>;
  /** Of JSON; `lines`: of each line. */
  readonly shape?: Shape;
  readonly lines?: Shape;
  /** Of what is not JSON. */
  readonly body?: RegExp;
}

const HTML = 'text/html;charset=utf-8';
const JSON_TYPE = 'application/json';

const record = {
  agent_id: 'string|null',
  cid: 'string|null',
  job: 'string',
  index: 'number',
  id: 'string',
  az: 'string|null',
  ips: ['string'],
  vm_created_at: 'string|null',
} as const;

const task = {
  id: 'number',
  state: 'string',
  description: 'string',
  timestamp: 'number|null',
  started_at: 'number|null',
  result: 'string|null',
  user: 'string',
  deployment: 'string|null',
  context_id: 'string',
};

const full = {
  vm_cid: 'string|null',
  active: 'boolean|null',
  vm_created_at: 'string|null',
  cloud_properties: 'object',
  disk_cid: 'string|null',
  disk_cids: ['string'],
  ips: ['string'],
  agent_id: 'string|null',
  job_name: 'string',
  index: 'number',
  job_state: 'string|null',
  state: 'string',
  vm_type: 'string',
  vitals: 'object|null',
  processes: [
    {
      name: 'string',
      state: 'string',
      // of a process that is starting monit knows less
      uptime: { secs: 'number?' },
      mem: { kb: 'number?', percent: 'number' },
      cpu: { total: 'number' },
    },
  ],
  az: 'string|null',
  id: 'string',
  bootstrap: 'boolean',
  ignore: 'boolean',
  stemcell: { name: 'string|null', version: 'string|null', api_version: 'number|null' },
} as const;

const toTask = { status: 302, type: HTML, headersLike: { location: /^https:\/\/[^/]+\/tasks\/\d+$/ }, body: /^$/ };

/** What the console and the bosh CLI read of a Director. */
export const cases: readonly Case[] = [
  {
    title: 'info',
    path: () => '/info',
    recorded: ['info'],
    status: 200,
    type: JSON_TYPE,
    challenge: false,
    shape: {
      name: 'string',
      uuid: 'string',
      version: 'string',
      user: 'string|null',
      cpi: 'string',
      stemcell_os: 'string',
      stemcell_version: 'string',
      user_authentication: { type: 'string', options: 'object' },
      features: {
        local_dns: { status: 'boolean', extras: { domain_name: 'string' } },
        snapshots: { status: 'boolean' },
        config_server: { status: 'boolean', extras: { urls: ['string'] } },
      },
    },
  },
  {
    title: 'deployments',
    path: () => '/deployments',
    recorded: ['deployments'],
    status: 200,
    type: HTML,
    shape: [
      {
        name: 'string',
        teams: ['string'],
        cloud_config: 'string',
        stemcells: [{ name: 'string', version: 'string' }],
        releases: [{ name: 'string', version: 'string' }],
        locked: 'boolean',
      },
    ],
  },
  {
    title: 'deployments without what costs',
    path: () => '/deployments?exclude_configs=true&exclude_releases=true&exclude_stemcells=true',
    recorded: ['deployments-noconfigs'],
    status: 200,
    type: HTML,
    shape: [{ name: 'string', teams: ['string'], locked: 'boolean' }],
  },
  {
    title: 'a deployment',
    path: ({ deployment }) => `/deployments/${deployment}`,
    recorded: ['deployment'],
    status: 200,
    type: HTML,
    shape: { manifest: 'string' },
  },
  {
    title: 'VMs',
    path: ({ deployment }) => `/deployments/${deployment}/vms`,
    recorded: ['vms', 'drift-vms'],
    status: 200,
    type: HTML,
    shape: [{ ...record, active: 'boolean', permanent_nats_credentials: 'boolean' }],
  },
  {
    title: 'instances',
    path: ({ deployment }) => `/deployments/${deployment}/instances`,
    recorded: ['instances', 'hardstop-instances', 'manual-instances', 'drift-instances'],
    status: 200,
    type: HTML,
    shape: [{ ...record, expects_vm: 'boolean' }],
  },
  {
    title: 'VMs with what their agents say',
    path: ({ deployment }) => `/deployments/${deployment}/vms?format=full`,
    recorded: ['vms-full', 'drift-vms-full', 'manual-vms-full'],
    ...toTask,
  },
  {
    title: 'instances with what their agents say',
    path: ({ deployment }) => `/deployments/${deployment}/instances?format=full`,
    recorded: ['instances-full'],
    ...toTask,
  },
  {
    title: 'what agents said',
    path: ({ scan }) => `/tasks/${scan}/output?type=result`,
    recorded: ['vms-full-result', 'instances-full-result', 'drift-vms-full-result', 'manual-vms-full-result'],
    status: 200,
    type: HTML,
    lines: full,
  },
  {
    title: 'a task',
    path: ({ scan }) => `/tasks/${scan}`,
    recorded: ['vms-full-task'],
    status: 200,
    type: JSON_TYPE,
    shape: task,
  },
  {
    title: 'tasks that are not over',
    path: () => '/tasks?state=queued,processing,cancelling&verbose=2',
    recorded: ['tasks-active'],
    status: 200,
    type: JSON_TYPE,
    shape: [task],
  },
  {
    title: 'the events of a task',
    path: ({ task: id }) => `/tasks/${id}/output?type=event`,
    recorded: ['task-event'],
    status: 200,
    type: HTML,
    lines: {
      time: 'number',
      stage: 'string',
      tags: ['string'],
      total: 'number|null',
      task: 'string',
      index: 'number',
      state: 'string',
      progress: 'number',
      data: 'object?',
    },
  },
  {
    title: 'a result of nothing',
    path: ({ task: id }) => `/tasks/${id}/output?type=result`,
    recorded: ['task-result-empty'],
    status: 200,
    type: HTML,
    body: /^$/,
  },
  {
    title: 'a part of the debug output',
    path: ({ task: id }) => `/tasks/${id}/output?type=debug`,
    headers: { range: 'bytes=0-20' },
    recorded: ['task-debug-range'],
    status: 206,
    type: 'text/plain;charset=utf-8',
    headersLike: { 'content-range': /^bytes 0-\d+\/\d+$/, 'last-modified': / GMT$/ },
    body: /^I, \[\d{4}-\d\d-\d\dT/,
  },
  {
    title: 'the CPI output',
    path: ({ task: id }) => `/tasks/${id}/output?type=cpi`,
    recorded: ['task-cpi'],
    status: 200,
    type: 'text/plain;charset=utf-8',
    headersLike: { 'last-modified': / GMT$/ },
  },
  {
    title: 'orphaned disks',
    path: () => '/disks',
    recorded: ['disks', 'disks2', 'disks-after', 'disks-orphaned', 'orphan-disks'],
    status: 200,
    type: JSON_TYPE,
    shape: [
      {
        disk_cid: 'string',
        size: 'number',
        az: 'string|null',
        deployment_name: 'string',
        instance_name: 'string',
        cloud_properties: 'object',
        orphaned_at: 'string',
      },
    ],
  },
  {
    title: 'orphaned VMs',
    path: () => '/orphaned_vms',
    recorded: ['orphaned_vms'],
    status: 200,
    type: JSON_TYPE,
    shape: [
      {
        az: 'string|null',
        cid: 'string',
        deployment_name: 'string',
        instance_name: 'string',
        ip_addresses: ['string'],
        orphaned_at: 'string',
      },
    ],
  },
  {
    title: 'locks',
    path: () => '/locks',
    recorded: ['locks'],
    status: 200,
    type: JSON_TYPE,
    shape: [{ type: 'string', resource: ['string'], timeout: 'string', task_id: 'string' }],
  },
  {
    title: 'problems',
    path: ({ deployment }) => `/deployments/${deployment}/problems`,
    recorded: ['problems'],
    status: 200,
    type: HTML,
    shape: [
      {
        id: 'number',
        type: 'string',
        data: 'object',
        description: 'string',
        resolutions: [{ name: 'string', plan: 'string' }],
        instance_group: 'string',
      },
    ],
  },
  {
    title: 'events',
    path: ({ deployment }) => `/events?deployment=${deployment}`,
    recorded: ['events'],
    status: 200,
    type: JSON_TYPE,
    shape: [
      {
        id: 'string',
        parent_id: 'string?',
        timestamp: 'number',
        user: 'string',
        action: 'string',
        object_type: 'string',
        object_name: 'string?',
        error: 'string?',
        task: 'string?',
        deployment: 'string?',
        instance: 'string?',
        context: 'object',
      },
    ],
  },
  {
    title: 'stemcells',
    path: () => '/stemcells',
    recorded: ['stemcells'],
    status: 200,
    type: HTML,
    shape: [
      {
        name: 'string',
        operating_system: 'string',
        version: 'string',
        cid: 'string',
        cpi: 'string',
        deployments: [{ name: 'string' }],
        api_version: 'number|null',
        id: 'number',
      },
    ],
  },
  {
    title: 'releases',
    path: () => '/releases',
    recorded: ['releases'],
    status: 200,
    type: HTML,
    shape: [
      {
        name: 'string',
        release_versions: [
          {
            version: 'string',
            commit_hash: 'string',
            uncommitted_changes: 'boolean',
            currently_deployed: 'boolean',
            job_names: ['string'],
          },
        ],
      },
    ],
  },
  {
    title: 'networks, which no Director lists',
    path: () => '/networks',
    recorded: ['networks'],
    status: 500,
    type: JSON_TYPE,
    body: /^listing active networks is not implemented$/,
  },
  {
    title: 'a deployment that is not there',
    path: () => '/deployments/none',
    recorded: ['notfound'],
    status: 404,
    type: HTML,
    body: /^\{"code":70000,"description":"Deployment 'none' doesn't exist"\}$/,
  },
  {
    title: 'a task that is not there',
    path: () => '/tasks/999999',
    recorded: ['task-none'],
    status: 404,
    type: HTML,
    body: /^\{"code":10000,"description":"Task \d+ not found"\}$/,
  },
  {
    title: 'a password that is wrong',
    path: () => '/deployments',
    stranger: true,
    recorded: ['unauthorized'],
    status: 401,
    type: HTML,
    body: /^Not authorized: '\/deployments'\n/,
  },
];

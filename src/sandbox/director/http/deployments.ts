import { findDeployment, findInstance, lockOf, stemcellsOf } from '../director.ts';
import { startResolve, startScan } from '../jobs/cloud-check.ts';
import { convergeInstances } from '../jobs/converge.ts';
import { changeInstance, type InstanceAction, wantedStates } from '../jobs/instance.ts';
import { startVmState } from '../jobs/vms.ts';
import { rubyTime } from '../machine.ts';
import type { Deployment, Instance } from '../model.ts';
import { describe } from '../problems.ts';
import { resolutionsOf } from '../resolutions.ts';
import { plain, untyped } from './answer.ts';
import { type Asked, place, type Route } from './route.ts';

const deploymentOf = (asked: Asked) => findDeployment(asked.director, place(asked, 'deployment'));

/** What is about deployments; bosh-director, api/controllers/deployments_controller.rb. */
export const deploymentRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/deployments',
    scope: 'read',
    handle(asked) {
      const locked = new Set(asked.director.locks.list().map(({ name }) => name));
      const names = [...asked.director.deployments.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
      return untyped(names.map((deployment) => summary(deployment, asked.query, locked.has(lockOf(deployment.name)))));
    },
  },
  {
    method: 'GET',
    path: '/deployments/:deployment',
    scope: 'read',
    handle: (asked) => untyped({ manifest: deploymentOf(asked).manifest }),
  },
  {
    method: 'GET',
    path: '/deployments/:deployment/vms',
    scope: 'read',
    handle(asked) {
      const deployment = deploymentOf(asked);
      if (asked.query.get('format') === 'full') return startVmState(asked.director, asked.asker, deployment, false);
      const withVm = deployment.instances.filter(({ vm }) => vm !== undefined);
      const rest = { active: true, permanent_nats_credentials: false };
      return untyped(withVm.map((instance) => ({ ...record(instance), ...rest })));
    },
  },
  {
    method: 'GET',
    path: '/deployments/:deployment/instances',
    scope: 'read',
    handle(asked) {
      const deployment = deploymentOf(asked);
      if (asked.query.get('format') === 'full') return startVmState(asked.director, asked.asker, deployment, true);
      return untyped(
        deployment.instances.map((instance) => ({ ...record(instance), expects_vm: instance.state !== 'detached' })),
      );
    },
  },
  {
    method: 'POST',
    path: '/deployments/:deployment/instance_groups/:group/:instance/actions/:action',
    scope: 'admin',
    handle(asked) {
      const { director, asker, query } = asked;
      const instance = findInstance(deploymentOf(asked), place(asked, 'group'), place(asked, 'instance'));
      const action = actions.find((name) => name === place(asked, 'action'));
      if (action === undefined) return plain(404, `Endpoint '/${place(asked, 'action')}' not found.`);
      return changeInstance(director, asker, instance, action, {
        hard: query.get('hard') === 'true',
        ignoreUnresponsive: query.get('ignore_unresponsive_agent') === 'true',
      });
    },
  },
  {
    method: 'PUT',
    path: '/deployments/:deployment/instance_groups/:group/:instance/ignore',
    scope: 'admin',
    takes: 'application/json',
    handle(asked) {
      const instance = findInstance(deploymentOf(asked), place(asked, 'group'), place(asked, 'instance'));
      instance.ignore = (JSON.parse(asked.body) as { ignore?: unknown }).ignore === true;
      return plain(200, '');
    },
  },
  ...['/deployments/:deployment/jobs/:group', '/deployments/:deployment/jobs/:group/:instance'].map(
    (path): Route => ({ method: 'PUT', path, scope: 'admin', takes: 'text/yaml', handle: changeState }),
  ),
  {
    method: 'POST',
    path: '/deployments/:deployment/scans',
    scope: 'admin',
    handle: (asked) => startScan(asked.director, asked.asker, deploymentOf(asked)),
  },
  {
    method: 'GET',
    path: '/deployments/:deployment/problems',
    scope: 'admin',
    handle(asked) {
      const { name } = deploymentOf(asked);
      const problems = asked.director.problems.filter(({ instance }) => instance.deployment === name);
      return untyped(
        problems.map((problem) => ({
          id: problem.id,
          type: problem.type,
          data: problem.type === 'mount_info_mismatch' ? { owner_vms: problem.owners } : {},
          description: describe(problem),
          resolutions: resolutionsOf(problem),
          instance_group: problem.instance.group,
        })),
      );
    },
  },
  {
    method: 'PUT',
    path: '/deployments/:deployment/problems',
    scope: 'admin',
    takes: 'application/json',
    handle(asked) {
      const { resolutions = {} } = JSON.parse(asked.body) as { resolutions?: Record<string, string | null> };
      return startResolve(asked.director, asked.asker, deploymentOf(asked), resolutions);
    },
  },
  ...['variables', 'snapshots'].map(
    (what): Route => ({
      method: 'GET',
      path: `/deployments/:deployment/${what}`,
      scope: 'admin',
      handle(asked) {
        deploymentOf(asked);
        return untyped([]);
      },
    }),
  ),
];

const actions: readonly InstanceAction[] = ['start', 'stop', 'restart', 'recreate'];

function changeState(asked: Asked) {
  const { director, asker, query } = asked;
  const deployment = deploymentOf(asked);
  const [group, which] = [place(asked, 'group'), asked.path.instance];
  const members = deployment.instances.filter((instance) => group === '*' || instance.group === group);
  const chosen = which === undefined ? members : [findInstance(deployment, group, which)];
  const wanted = wantedStates.find((state) => state === query.get('state'));
  if (wanted === undefined) return plain(400, `Unknown state '${query.get('state')}'`);
  return convergeInstances(director, asker, deployment, chosen, wanted, query.get('fix') === 'true');
}

function summary(deployment: Deployment, query: URLSearchParams, locked: boolean): object {
  const { name, releases } = deployment;
  const wants = (what: string) => query.get(`exclude_${what}`) !== 'true';
  return {
    name,
    teams: [],
    ...(wants('configs') && { cloud_config: 'latest' }),
    ...(wants('stemcells') && {
      stemcells: stemcellsOf(deployment).map((stemcell) => ({ name: stemcell.name, version: stemcell.version })),
    }),
    ...(wants('releases') && {
      releases: releases.map((release) => ({ name: release.name, version: release.version })),
    }),
    ...(wants('lock') && { locked }),
  };
}

/** What the listings of VMs and of instances have in common: the Director's own database, no agent is asked. */
function record({ vm, group, index, id, zone }: Instance): object {
  return {
    agent_id: vm?.agentId ?? null,
    cid: vm?.cid ?? null,
    job: group,
    index,
    id,
    az: zone,
    ips: vm?.ips ?? [],
    vm_created_at: vm === undefined ? null : rubyTime(vm.created),
  };
}

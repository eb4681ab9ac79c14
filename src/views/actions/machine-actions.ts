import type { Planned } from '../../actions/model.ts';
import type { ActionSite } from '../../actions/site.ts';
import type { ActionSubject } from '../../actions/subject.ts';
import type { Machine } from '../../inventory/model.ts';
import { beginAction } from '../../tui/action.ts';
import type { Command } from '../../tui/command.ts';
import { type Shell, sessionOf } from '../../tui/shell.ts';
import { machineOf } from '../details/machine-commands.ts';
import { needsBosh, needsDirector, siteOf } from './site.ts';
import { words } from './words.ts';

type InstanceAction = 'start' | 'stop' | 'restart' | 'recreate';

/** What changes a machine. None has a key of its own: it is chosen from the menu or typed, and then has a plan. */
export const machineActions: readonly Command[] = [
  byDirector('stop', 'Stop its jobs'),
  byDirector('start', 'Start its jobs'),
  byDirector('restart', 'Restart its jobs'),
  byDirector('recreate', 'Recreate it: a new VM, the same disk'),
  {
    ...action('restart-agent', 'Restart its agent; jobs keep running', async (site, subject) =>
      (await import('../../actions/vms/agent.ts')).planRestartAgent(site, subject),
    ),
    refused: (shell) => needsMachine(shell) ?? needsBosh(shell),
  },
  {
    ...action('reboot', 'Reboot it', async (site, subject) =>
      (await import('../../actions/vms/machine.ts')).planRebootVm(site, subject),
    ),
    refused: (shell) => needsMachine(shell) ?? needsBosh(shell),
  },
];

/** One that only a Director can do: the instance is its own. */
function byDirector(name: InstanceAction, title: string): Command {
  const plan: Plan = async (site, subject) =>
    (await import('../../actions/vms/instance.ts')).planInstance(site, subject, { name });
  return { ...action(name, title, plan), refused: (shell) => needsMachine(shell) ?? needsDirector(shell) };
}

type Plan = (site: ActionSite, subject: ActionSubject) => Promise<Planned>;

function action(name: string, title: string, plan: Plan): Command {
  return {
    ...words('machine', name, title),
    async run(shell) {
      const row = machineOf(shell);
      if (row === undefined) return;
      await beginAction(shell, {
        title: `${title.replace(/[:;].*/, '')}: ${row.instance}`,
        plan: async () => plan(siteOf(shell), subjectOfMachine(row)),
      });
    },
  };
}

function needsMachine(shell: Shell): string | undefined {
  if (sessionOf(shell.store.getState()) === undefined) return 'there is no cluster yet';
  return machineOf(shell) === undefined ? 'no machine is selected' : undefined;
}

/** A row as actions take it. */
function subjectOfMachine({ namespace, name, uid, instance, deployment, labels }: Machine): ActionSubject {
  const { job, instance_group: group = job, id } = labels;
  return {
    namespace,
    name,
    uid,
    label: instance,
    deployment,
    instance: group === undefined || id === undefined ? undefined : `${group}/${id}`,
    cid: name,
  };
}

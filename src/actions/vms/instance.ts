import type { InstanceAction } from '../../director/client.ts';
import type { DirectorInstance } from '../../director/model.ts';
import { awaitTask, findInstance, labelOf, nameOf, requireOwn, requireQuiet } from '../director.ts';
import type { Draft } from '../draft.ts';
import { type Planned, RefusedError } from '../model.ts';
import { prepare } from '../perform.ts';
import type { ActionSite } from '../site.ts';
import { type ActionSubject, podRef, toldOfSubject } from '../subject.ts';

/** What is said of each: what it does, what it interrupts, and what it is called by Kubernetes. */
const words = {
  start: { what: 'starts its jobs, on a new VM where it has none', event: 'InstanceStarted' },
  stop: { what: 'stops its jobs; its VM stays', event: 'InstanceStopped' },
  restart: { what: 'stops its jobs and starts them', event: 'InstanceRestarted' },
  recreate: { what: 'makes its VM anew and starts its jobs; its disk stays', event: 'InstanceRecreated' },
} as const;

/**
 * Starts, stops, restarts or recreates one instance through its Director, as bosh does with `--no-converge`.
 * @param subject `deployment` and `instance` say which
 * @throws RefusedError
 */
export function planInstance(site: ActionSite, subject: ActionSubject, action: InstanceAction): Promise<Planned> {
  return prepare(site, async (): Promise<Draft> => {
    const told = toldOfSubject(subject);
    const director = await requireOwn(site.director, told, subject.instance ?? subject.name);
    const { deployment } = told;
    if (deployment !== undefined) await requireQuiet(director, deployment);
    const instance = await findInstance(director, told);
    if (instance === undefined) {
      throw new RefusedError(
        `The Director knows no instance ${subject.instance ?? subject.name} of deployment ${deployment ?? '(which?)'}`,
        'bosh instances lists them',
      );
    }
    if (instance.scan?.ignored) {
      throw new RefusedError(
        `${labelOf(instance)} is ignored by its Director`,
        `bosh -d ${instance.deployment} unignore ${labelOf(instance)}, then again`,
      );
    }
    return draftOf(site, subject, instance, action);
  });
}

function draftOf(site: ActionSite, subject: ActionSubject, instance: DirectorInstance, action: InstanceAction): Draft {
  const { director } = site;
  if (director === undefined) throw new Error('an instance is changed through its Director');
  const label = labelOf(instance);
  const hard = action.name === 'stop' && action.hard === true;
  const what = hard ? 'stops its jobs and deletes its VM; its disk stays' : words[action.name].what;
  const flags = `${hard ? ' --hard' : ''}`;
  const isRunning = instance.scan?.state === 'started';
  const asked = hard ? 'detached' : action.name === 'stop' ? 'stopped' : 'started';
  const already = (action.name === 'stop' || action.name === 'start') && instance.scan?.state === asked;
  const back = { start: 'stop', stop: 'start', restart: undefined, recreate: undefined }[action.name];
  return {
    action: `${action.name}-instance`,
    about: podRef({ namespace: subject.namespace, name: instance.cid ?? subject.name }),
    holds: [`instance-${instance.id}`],
    event: words[action.name].event,
    plan: {
      title: `${capital(action.name)}${flags} ${label}`,
      through: 'director',
      interrupts: action.name !== 'start' && isRunning ? `${label}: its jobs ${endOf(action)}` : undefined,
      loses:
        hard || action.name === 'recreate'
          ? `/var/vcap/data of ${label}: logs and whatever else is on its ephemeral disk`
          : undefined,
      confirm: already || action.name === 'start' ? undefined : label,
      undo: back && `bosh -d ${instance.deployment} ${back} ${instance.group}/${instance.id}`,
    },
    steps: already
      ? []
      : [
          {
            verb: 'check',
            object: label,
            what: `${instance.scan?.state}; no lock, no task on ${instance.deployment}`,
          },
          {
            verb: 'POST',
            object: `/deployments/${instance.deployment}/instance_groups/${instance.group}/${instance.id}/actions/${action.name}${hard ? '?hard=true' : ''}`,
            what,
            act: async (_session, note) =>
              await awaitTask(director, await director.act(nameOf(instance), waitless(action, instance)), note),
          },
          { verb: 'check', object: label, what: 'the Director and its agent say so' },
        ],
    needs: [],
    async prove() {
      const now = await findInstance(
        director,
        toldOfSubject({ ...subject, instance: `${instance.group}/${instance.id}`, deployment: instance.deployment }),
      );
      const { state, jobState } = now?.scan ?? {};
      const isNew = action.name !== 'recreate' || now?.cid !== instance.cid;
      const runs = asked !== 'started' || jobState === 'running';
      const proof = [`${label} is ${state ?? 'unknown'}, its agent says ${jobState || 'nothing: it has no VM'}`];
      const vm = now?.cid === undefined ? 'It has no VM' : `Its VM is ${now.cid}`;
      return { done: state === asked && runs && isNew, proof: [...proof, vm] };
    },
  };
}

/** An agent that does not answer must not be waited for: it is what recreating mends. */
function waitless(action: InstanceAction, { scan }: DirectorInstance): InstanceAction {
  const isDead = scan?.jobState === 'unresponsive agent';
  return action.name === 'recreate' && isDead ? { name: 'recreate', unresponsive: true } : action;
}

function endOf({ name }: InstanceAction): string {
  return name === 'stop' ? 'stop' : 'restart';
}

function capital(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}

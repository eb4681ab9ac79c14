import { isConflict } from '../kubernetes/errors.ts';
import type { AuditLine } from './audit.ts';
import type { Draft } from './draft.ts';
import { writeEvent } from './event.ts';
import { holdLease } from './lease.ts';
import { type Outcome, type Plan, type Planned, type PlanStep, type Progress, RefusedError } from './model.ts';
import { denial, reasonOf } from './refusal.ts';
import { type Right, requireRights, rights } from './rights.ts';
import { type ActionSite, sessionOf } from './site.ts';

/**
 * Makes an action of a draft. The draft is drawn up again, from the cluster, at the moment of acting: whatever has changed since it was shown in a way that
 * changes the plan refuses the action, and the writes have the versions of that moment as their preconditions. So a killed action is resumed by the same
 * command: its draft then has the steps that are left.
 *
 * @param draw reads, checks, and writes nothing; throws RefusedError where the action must not be
 * @throws RefusedError
 */
export async function prepare(site: ActionSite, draw: () => Promise<Draft>): Promise<Planned> {
  requireOpen(site);
  const draft = await explained(draw);
  await requireRights(site.cluster, needsOf(draft));
  const plan = planOf(draft);
  return { plan, run: (report) => run(site, draw, draft, plan, report) };
}

async function run(
  site: ActionSite,
  draw: () => Promise<Draft>,
  planned: Draft,
  plan: Plan,
  report: (progress: Progress) => void,
): Promise<Outcome> {
  const account = (outcome: AuditLine['outcome'], told: readonly string[]) =>
    site.audit(auditLine(site, planned, plan, outcome, told));
  const { namespace, name } = planned.about;
  const leases: (() => Promise<void>)[] = [];
  try {
    requireOpen(site);
    await requireRights(site.cluster, needsOf(planned));
    account('begun', []);
    for (const held of planned.holds ?? [name]) {
      leases.push(await holdLease(site.cluster, namespace, held, site.operator, plan.title));
    }
    const draft = await explained(draw);
    requireSame(plan, planOf(draft));
    const outcome = await carryOut(site, draft, plan, report);
    account(outcome.done ? 'done' : 'failed', outcome.proof);
    return outcome;
  } catch (error) {
    account(error instanceof RefusedError ? 'refused' : 'failed', [(error as Error).message]);
    throw error;
  } finally {
    await Promise.all(leases.map((release) => release()));
  }
}

/** Steps that only look; a failure before any other has changed nothing. */
const looking: readonly PlanStep['verb'][] = ['check', 'GET', 'wait'];

async function carryOut(
  site: ActionSite,
  draft: Draft,
  plan: Plan,
  report: (progress: Progress) => void,
): Promise<Outcome> {
  let wrote = false;
  for (const [step, { verb, object, what, act }] of draft.steps.entries()) {
    const tell = (state: Progress['state'], note?: string) => report({ step, state, note });
    tell('running');
    try {
      const note = (text: string) => tell('running', text);
      tell('done', await act?.(sessionOf(site, draft.about.namespace, note), note));
    } catch (error) {
      const reason = await reasonOf(site.cluster, draft.about, error);
      tell('failed', reason);
      const refused = error instanceof RefusedError ? error : denial(error);
      if (!wrote && refused !== undefined) throw refused;
      if (!wrote && isConflict(error)) throw new RefusedError(reason, 'Look at it again, then decide again');
      const proof = [
        `Step ${step + 1} (${what}; ${verb} ${object}) failed: ${reason}`,
        wrote
          ? 'What was done before it stays; the same action goes on from here'
          : 'Whether anything has changed is not known; the same action goes on from whatever is the case',
      ];
      await tellEvent(site, draft, 'Warning', `${draft.event}Failed`, `${plan.title}: ${reason}`);
      return { done: false, proof, undo: wrote ? plan.undo : undefined };
    }
    wrote ||= !looking.includes(verb);
  }
  const { done, proof } = await draft.prove();
  const result = done ? plan.title : `${plan.title}: not so: ${proof.join('; ')}`;
  const told = wrote
    ? await tellEvent(site, draft, done ? 'Normal' : 'Warning', draft.event + (done ? '' : 'Failed'), result)
    : [];
  return { done, proof: [...proof, ...told], undo: done ? plan.undo : undefined };
}

/** The Event is the last thing, and no reason to call failed what was done. */
async function tellEvent(
  site: ActionSite,
  { about }: Draft,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
): Promise<readonly string[]> {
  try {
    await writeEvent(site, about, type, reason, message);
    return [];
  } catch (error) {
    return [`No Event could be written: ${(error as Error).message}`];
  }
}

function planOf({ plan, steps }: Draft): Plan {
  return { ...plan, steps: steps.map(({ verb, object, what }) => ({ verb, object, what })) };
}

/** What every action needs beside its own: to hold its objects, and to write the Event. */
function needsOf({ needs, about: { namespace } }: Draft): readonly Right[] {
  return [
    ...needs,
    ...rights(namespace, { 'leases.coordination.k8s.io': 'get create patch delete', events: 'create' }),
  ];
}

function requireOpen({ readonly, stale }: ActionSite): void {
  const closed = readonly();
  if (closed !== undefined) throw new RefusedError(closed, 'Start without --readonly, or with another configuration');
  const old = stale();
  if (old !== undefined) throw new RefusedError(old, 'Wait until what is shown is live again');
}

/** @throws RefusedError when what was agreed to is not what would be done now */
function requireSame(shown: Plan, now: Plan): void {
  if (JSON.stringify(shown) === JSON.stringify(now)) return;
  const lines = linesOf(shown);
  const other = linesOf(now).find((line) => !lines.includes(line)) ?? 'some of it is done already';
  throw new RefusedError(
    `Things have changed since the plan was made; now it would be: ${other}`,
    'Look at the new plan',
  );
}

function linesOf({ steps, interrupts, loses, title }: Plan): readonly string[] {
  const told = [title, interrupts, loses].filter((line) => line !== undefined);
  return [...told, ...steps.map(({ what, object }) => `${what} (${object})`)];
}

/** Drawing up reads much: what may not be read is a missing right, and no failure of ours. */
async function explained(draw: () => Promise<Draft>): Promise<Draft> {
  try {
    return await draw();
  } catch (error) {
    throw denial(error) ?? error;
  }
}

function auditLine(
  { operator, cluster }: ActionSite,
  { action, about }: Draft,
  { title, through, steps }: Plan,
  outcome: AuditLine['outcome'],
  told: readonly string[],
): AuditLine {
  return {
    time: new Date().toISOString(),
    who: operator,
    context: cluster.context,
    namespace: about.namespace,
    action,
    subject: `${about.kind}/${about.name}`,
    title,
    through,
    plan: steps.map(({ verb, object, what }) => `${verb} ${object}: ${what}`),
    outcome,
    told,
  };
}

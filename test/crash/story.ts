import { pathIn } from '../support/objects.ts';
import type { CpiRun } from './call.ts';
import { type Check, lifecycle, type Perform, type Step } from './lifecycle.ts';
import type { World } from './world.ts';

/** What all stories of a matrix came to. */
export interface Report {
  /** Disturbed calls, by the name of the step. */
  readonly cells: Map<string, number>;
  /** Disturbed calls that were answered with an error before the next one succeeded. */
  readonly refused: Map<string, string>;
  readonly failures: string[];
}

export function newReport(): Report {
  return { cells: new Map(), refused: new Map(), failures: [] };
}

/** Sums a report up for the log of the test. */
export function summarize(report: Report): string {
  const total = [...report.cells.values()].reduce((sum, count) => sum + count, 0);
  const lines = [...report.cells].map(([name, count]) => `  ${name}: ${count}`);
  const refused = [...report.refused].map(([what, message]) => `  ${what}: ${message}`);
  return [`${total} disturbed calls`, ...lines, `answered with an error: ${refused.length}`, ...refused].join('\n');
}

/** A check that notes what is wrong with the place where it happened, and ends the story. */
export function checker(report: Report, place: () => string): Check {
  return (condition, message) => {
    if (condition) return;
    report.failures.push(`${place()}: ${message}`);
    throw new Error(message);
  };
}

/** Plays the lifecycle in a world of its own with every call disturbed in the same way, and looks that nothing is left. */
export async function playLifecycle(
  world: World,
  report: Report,
  label: string,
  disturb: (step: Step, check: Check) => Promise<unknown>,
): Promise<void> {
  let current = 'begin';
  const check = checker(report, () => `${label}, ${current}`);
  const perform: Perform = async (step) => {
    current = step.name;
    return await disturb(step, check);
  };
  try {
    await lifecycle(world, perform, check);
    current = 'end';
    await sweepAbandoned(world);
    const left = await world.leftovers();
    check(left.length === 0, `left behind: ${left.join(', ')}`);
  } catch (error) {
    const message = (error as Error).message;
    if (!report.failures.some((failure) => failure.endsWith(message))) {
      report.failures.push(`${label}, ${current}: ${message}`);
    }
  } finally {
    await world.close();
  }
}

/** A call that must come through, with what it said when it does not. */
export function expectSuccess(run: CpiRun, check: Check): unknown {
  check(run.response !== undefined, `no answer (status ${run.status})\n${run.stderr}`);
  const error = run.response?.error;
  check(error === null, `${error?.type}: ${error?.message}\n${run.stderr}`);
  return run.response?.result;
}

/**
 * What a killed create_disk or snapshot_disk made is nobody's: the caller never heard its name. It is swept by the next creation once its time is over; here
 * the time is moved instead of waited for.
 */
async function sweepAbandoned(world: World): Promise<void> {
  const { admin } = world.backend;
  const label = 'bosh.cloudfoundry.org/unanswered';
  const paths = ['persistentvolumeclaims', 'snapshot.storage.k8s.io/v1/volumesnapshots'];
  let found = 0;
  for (const path of paths) {
    const items = await world.list<{ metadata: { name: string; labels?: Record<string, string> } }>(path);
    for (const { metadata } of items) {
      if (metadata.labels?.[label] === undefined) continue;
      found += 1;
      const body = { metadata: { labels: { [label]: '1' } } };
      await admin.json({ method: 'PATCH', path: pathIn(world.namespace, `${path}/${metadata.name}`), body });
    }
  }
  if (found === 0) return;
  const disk = await world.result<string>('create_disk', [16, { storage_class: world.backend.classes.immediate }]);
  await world.result('delete_snapshot', [await world.result('snapshot_disk', [disk, {}])]);
  await world.result('delete_disk', [disk]);
}

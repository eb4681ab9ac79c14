import type { Outcome, Plan, Planned, Progress } from '../../src/actions/model.ts';

/** An action that goes on as a test says. */
export interface FakePlanned {
  readonly planned: Planned;
  /** How often it was begun. */
  readonly runs: () => number;
  progress(progress: Progress): void;
  end(outcome: Outcome): void;
  fail(error: Error): void;
}

const disk = 'disk-5d0c7b1e-2f61-4c1b-8a5e-6f1d2b3c4d5e';

const reattach: Plan = {
  title: `Reattach ${disk} to zookeeper/2`,
  through: 'director',
  steps: [
    { verb: 'check', object: 'zookeeper/2', what: 'is stopped, no task and no lock holds its deployment' },
    {
      verb: 'PUT',
      object: `/disks/${disk}/attachments`,
      what: 'properties copied; its present disk becomes an orphan',
    },
    { verb: 'CPI', object: 'attach_disk', what: 'beside the machine, which keeps running' },
    { verb: 'check', object: 'zookeeper/2', what: 'the Director and Kubernetes agree again' },
  ],
  interrupts: undefined,
  loses: 'The disk attached now becomes an orphan, kept for 5 days.',
  confirm: 'zookeeper/2',
  undo: 'kubernetes-cpi reattach disk-91aa zookeeper/2',
};

/** A plan to reattach a disk. */
export function fakePlanned(change: Partial<Plan> = {}): FakePlanned {
  let runs = 0;
  let report: (progress: Progress) => void = () => undefined;
  const ended = Promise.withResolvers<Outcome>();
  return {
    planned: {
      plan: { ...reattach, ...change },
      run(told) {
        runs++;
        report = told;
        return ended.promise;
      },
    },
    runs: () => runs,
    progress: (progress) => report(progress),
    end: ended.resolve,
    fail: ended.reject,
  };
}

import type { DirectorInstance, DirectorTask } from './model.ts';
import { isUnfinished } from './tasks.ts';

/** Which deployments' instances are to be read again: those that a task may have changed, and now and then the others. */
export interface Due {
  /**
   * Takes in the tasks that are not over and, where they were read, the latest.
   * @param instances to find the deployment of a task that names only a VM
   * @returns of each that has ended since the last time its deployment, where it names one
   */
  tasks(
    current: readonly DirectorTask[],
    recent: readonly DirectorTask[] | undefined,
    instances: readonly DirectorInstance[],
  ): readonly (string | undefined)[];
  /** @param share so much of the others, the longest unread first: 0 to 1 */
  next(deployments: readonly string[], share: number): readonly string[];
  read(deployment: string): void;
  all(): void;
}

export function createDue(): Due {
  /** When it was read; not in it: due. */
  const readAt = new Map<string, number>();
  let running = new Map<number, DirectorTask>();
  /** Of the latest tasks, those whose end is known. */
  let ended: ReadonlySet<number> | undefined;
  let turn = 0;

  return {
    tasks(current, recent, instances) {
      const now = new Map(current.map((task) => [task.id, task]));
      const over = recent?.filter((task) => !isUnfinished(task)) ?? [];
      const missed = over.filter(({ id }) => ended !== undefined && !ended.has(id) && !running.has(id));
      const news = [...running.values()].filter(({ id }) => !now.has(id)).concat(missed);
      running = now;
      if (recent !== undefined) ended = new Set(over.map(({ id }) => id));
      const touched = news.map((task) => deploymentOf(task, instances));
      for (const deployment of touched) if (deployment !== undefined) readAt.delete(deployment);
      return touched;
    },
    next(deployments, share) {
      const others = deployments.filter((name) => readAt.has(name));
      const oldest = others.toSorted((a, b) => (readAt.get(a) ?? 0) - (readAt.get(b) ?? 0));
      const due = deployments.filter((name) => !readAt.has(name));
      return [...due, ...oldest.slice(0, Math.ceil(others.length * share))];
    },
    read(deployment) {
      turn += 1;
      readAt.set(deployment, turn);
    },
    all() {
      readAt.clear();
    },
  };
}

/** The task of `DELETE /vms/:cid` says the VM in its description alone. */
function deploymentOf(task: DirectorTask, instances: readonly DirectorInstance[]): string | undefined {
  if (task.deployment !== undefined) return task.deployment;
  return instances.find(({ cid }) => cid !== undefined && task.description.includes(cid))?.deployment;
}

import type { DirectorTask, DirectorView } from '../director/model.ts';

/** What a Director is doing, and until when it did something: a machine that is being changed is no drift. */
export interface Activity {
  /** Takes in a newer view. @returns whether what is busy has changed */
  see(view: DirectorView | undefined, now: number): boolean;
  /** @param deployment undefined when it is not known: then all that is done counts */
  isBusy(deployment: string | undefined): boolean;
  /** When something was last done to it, in milliseconds since 1970; 0 when nothing was since we look. */
  lastBusy(deployment: string | undefined): number;
  /** Deployments that are busy now. */
  busy(): readonly string[];
}

/** Stands for what is done to no deployment, as deleting an orphaned disk. */
const everywhere = '';

export function createActivity(): Activity {
  let busy = new Set<string>();
  const last = new Map<string, number>();

  return {
    see(view, now) {
      const next = view === undefined ? new Set<string>() : busyIn(view);
      // what is busy now is so until the next look at least
      for (const name of [...busy, ...next]) last.set(name, now);
      const isChanged = next.size !== busy.size || [...next].some((name) => !busy.has(name));
      busy = next;
      return isChanged;
    },
    isBusy: (deployment) => (deployment === undefined ? busy.size > 0 : busy.has(deployment) || busy.has(everywhere)),
    lastBusy(deployment) {
      if (deployment === undefined) return Math.max(0, ...last.values());
      return Math.max(last.get(deployment) ?? 0, last.get(everywhere) ?? 0);
    },
    busy: () => [...busy],
  };
}

function busyIn(view: DirectorView): Set<string> {
  const busy = new Set<string>();
  for (const { name, locked } of view.deployments) if (locked) busy.add(name);
  for (const { type, resource } of view.locks ?? []) {
    if (type === 'deployment') for (const name of resource) busy.add(name);
  }
  for (const task of view.tasks) if (changesMachines(task)) busy.add(task.deployment ?? everywhere);
  return busy;
}

/** Whether a task may touch machines or disks: asking agents, which is what a scan is, does not; nor do uploads. */
function changesMachines({ deployment, description }: DirectorTask): boolean {
  if (deployment !== undefined) return !/^(retrieve vm-stats|fetch logs|ssh)/i.test(description);
  return /disk|\bvm|clean|artifact|snapshot/i.test(description) && !/^retrieve vm-stats/i.test(description);
}

import type { DirectorClient } from './client.ts';
import { createDue } from './due.ts';
import { isDenied, isMissing } from './errors.ts';
import type { Ledger, Listings } from './ledger.ts';
import type { DirectorTask } from './model.ts';
import { inParallel } from './parallel.ts';

/** Reads a Director into a ledger. */
export interface Reader {
  /**
   * One look at tasks and locks and, when one has ended, at what it may have changed.
   * @param share also at the listings, and at so much of the other deployments' instances: 0 to 1; undefined: at neither
   * @returns deployments that a task was done to since the last round
   */
  round(share: number | undefined): Promise<readonly string[]>;
  /** Everything is read anew by the next round, what was refused too. */
  forget(): void;
  /** The Director is asked again who it is, as after it was gone. */
  forgetInfo(): void;
}

/** Deployments that are read at the same time, so that a Director with many deployments still answers others. */
const atOnce = 2;

/** @param signal ends a round */
export function createReader(client: DirectorClient, ledger: Ledger, signal: AbortSignal): Reader {
  const due = createDue();
  /** What the user may not read, or the Director does not have: it is asked for once. */
  const refused = new Set<string>();
  let named = false;

  async function allowed<T>(name: string, read: () => Promise<T>): Promise<T | undefined> {
    if (refused.has(name)) return undefined;
    try {
      return await read();
    } catch (error) {
      if (!isDenied(error) && !isMissing(error)) throw error;
      refused.add(name);
      return undefined;
    }
  }

  async function round(share: number | undefined): Promise<readonly string[]> {
    if (!named) ledger.take({ info: await client.info(signal) });
    named = true;
    const isFull = share !== undefined;
    const [current = [], recent, locks] = await Promise.all([
      allowed('tasks', () => client.tasks(signal)),
      isFull ? allowed('recent', () => client.recentTasks(30, signal)) : undefined,
      allowed('locks', () => client.locks(signal)),
    ]);
    const ended = due.tasks(current.filter(changes), recent?.filter(changes), ledger.view().instances);
    const news = { tasks: current.filter(changes), locks, ...(isFull || ended.length > 0 ? await listings() : {}) };
    const names = (news.deployments ?? ledger.view().deployments).map(({ name }) => name);
    await readInstances(due.next(names, share ?? 0), news);
    const { freshness } = ledger.view();
    // what is known now is said at once: a task that is over and what it changed belong together
    ledger.take({ ...news, freshness: freshness.state === 'live' ? freshness : { state: 'live', since: Date.now() } });
    return names.filter((name) => ended.includes(name));
  }

  async function listings(): Promise<Pick<Listings, 'deployments' | 'orphanDisks' | 'orphanVms'>> {
    const [deployments, orphanDisks, orphanVms] = await Promise.all([
      client.deployments(signal),
      allowed('orphan disks', () => client.orphanDisks(signal)),
      allowed('orphan VMs', () => client.orphanVms(signal)),
    ]);
    return { deployments, orphanDisks, orphanVms };
  }

  async function readInstances(names: readonly string[], news: Partial<Listings>): Promise<void> {
    const isFirst = ledger.view().freshness.state === 'syncing';
    let read = 0;
    const progress = () => ledger.take({ ...news, freshness: { state: 'syncing', read, about: names.length } });
    if (isFirst) progress();
    await inParallel(names, atOnce, async (name) => {
      try {
        const both = [client.instances(name, signal), client.inactiveVms(name, signal)] as const;
        const [instances, inactiveVms] = await Promise.all(both);
        ledger.takeInstances(name, instances, inactiveVms);
      } catch (error) {
        // deleted, or taken from our team, since it was listed
        if (!isDenied(error) && !isMissing(error)) throw error;
      }
      due.read(name);
      read += 1;
      if (isFirst) progress();
    });
  }

  return {
    round,
    forget() {
      refused.clear();
      due.all();
    },
    forgetInfo() {
      named = false;
    },
  };
}

/** A scan, ours or another's, only asks agents: it is no reason to look again, and none to wait with anything. */
function changes({ description }: DirectorTask): boolean {
  return description !== 'retrieve vm-stats';
}

import { setTimeout as sleep } from 'node:timers/promises';
import { connectDirector } from '../director/client.ts';
import { startDirectorFeed } from '../director/feed.ts';
import type { DirectorFeed } from '../director/model.ts';
import { readTarget } from '../director/target.ts';
import { createDrift } from '../drift/drift.ts';
import { type Inventory, startInventory } from '../inventory/inventory.ts';
import { connect } from '../kubernetes/cluster.ts';
import { loadKubeconfig, targetOf } from '../kubernetes/kubeconfig.ts';
import { type DriftArgs, parseDriftArgs } from './drift-args.ts';
import { chosen, jsonFindings, textFindings } from './drift-print.ts';

/** Compares once. Ends with 0 when there is no drift, with 1 when there is, with 2 when that could not be found out or the command line is wrong. */
export async function runDrift(args: readonly string[]): Promise<void> {
  // a reader such as head may go before all is written
  process.stdout.on('error', () => process.exit());
  let parsed: DriftArgs;
  try {
    parsed = parseDriftArgs(args);
  } catch (error) {
    process.stderr.write(`kubernetes-cpi drift: ${(error as Error).message}\nSee kubernetes-cpi drift --help\n`);
    process.exitCode = 2;
    return;
  }
  if (parsed.help) {
    process.stdout.write(usage);
    return;
  }
  try {
    process.exitCode = (await compare(parsed)) ? 1 : 0;
  } catch (error) {
    process.stderr.write(`kubernetes-cpi drift: ${(error as Error).message}\n`);
    process.exitCode = 2;
  }
}

/** How long one run watches what may be passing, in milliseconds: three times what any rule asks for. */
const patienceMs = 30_000;

/** @returns whether there is drift */
async function compare(args: DriftArgs): Promise<boolean> {
  const { kubeconfig, allNamespaces, environment } = args;
  const target = targetOf(await loadKubeconfig(kubeconfig === undefined ? {} : { paths: [kubeconfig] }), args.context);
  const bosh = await readTarget(process.env, environment === undefined ? {} : { environment });
  const namespace = allNamespaces ? undefined : (args.namespace ?? target.namespace);
  const cluster = connect(target);
  // events only add to the reasons of rows
  const collections = [
    'pods',
    'attachments',
    'claims',
    'nodes',
    'storageClasses',
    'services',
    'records',
    'volumes',
  ] as const;
  const inventory = startInventory(cluster, { namespace, collections });
  const feed = bosh && startDirectorFeed(connectDirector(bosh));
  const notes: string[] = [];
  try {
    await Promise.all([clusterRead(inventory), feed && directorRead(feed)]);
    if (feed !== undefined && args.scan) await scanned(feed, notes);
    const drift = createDrift(inventory, feed, { namespace });
    // what may be passing has to hold for some seconds, as in the console; where there is always something new it ends nevertheless
    const end = Date.now() + patienceMs;
    for (let until = drift.watching(); until !== undefined && until < end; until = drift.watching()) {
      await sleep(Math.max(50, until - Date.now()));
    }
    const findings = chosen(drift.findings(), args.filter);
    notes.push(...drift.notes());
    drift.close();
    const context = target.context;
    if (args.json) {
      process.stdout.write(jsonFindings(findings, notes, { context, namespace, director: feed?.view().info }));
    } else {
      for (const note of notes) process.stderr.write(`kubernetes-cpi drift: ${note}\n`);
      process.stdout.write(textFindings(findings, Date.now()));
    }
    return findings.length > 0;
  } finally {
    feed?.close();
    inventory.close();
    cluster.close();
  }
}

/** @throws Error when machines or disks cannot be read: without them there is nothing to compare */
async function clusterRead(inventory: Inventory): Promise<void> {
  const needed = ['pods', 'claims', 'attachments'];
  await changed(inventory.subscribe, () => {
    for (const { name, freshness } of inventory.collections()) {
      if (needed.includes(name) && freshness.state === 'failed') throw new Error(freshness.reason);
    }
    return inventory.collections().every(({ freshness: { state } }) => state === 'live' || state === 'failed');
  });
}

/** @throws Error when the Director that was named cannot be read: all its machines would pass for unknown */
async function directorRead(feed: DirectorFeed): Promise<void> {
  await changed(feed.subscribe, () => {
    const { freshness } = feed.view();
    if (freshness.state === 'failed') throw new Error(freshness.reason);
    return freshness.state === 'live';
  });
}

async function scanned(feed: DirectorFeed, notes: string[]): Promise<void> {
  try {
    await feed.scan();
  } catch (error) {
    notes.push(`Agents could not be asked: ${(error as Error).message}`);
  }
}

/** Resolves once something is so. @param isSo may throw */
async function changed(subscribe: (listener: () => void) => () => void, isSo: () => boolean): Promise<void> {
  let end: (() => void) | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        try {
          if (isSo()) resolve();
        } catch (error) {
          reject(error as Error);
        }
      };
      end = subscribe(look);
      look();
    });
  } finally {
    end?.();
  }
}

const usage = `kubernetes-cpi drift: prints where BOSH and Kubernetes disagree

  --json                 as JSON (docs/drift.md has its form), always in the same order and without times
  --filter TEXT          text, !text, '-l rule=ip-differs,severity=high,deployment=cf' or '-f letters'
  --no-scan              spare the agents: who has which disk and which agents answer is not known then
  -e, --environment NAME the Director, an address or an alias, instead of $BOSH_ENVIRONMENT;
                         credentials and CA as the bosh CLI finds them ($BOSH_CLIENT, ~/.bosh/config, …)
  --kubeconfig FILE      instead of $KUBECONFIG or ~/.kube/config
  --context NAME         instead of its current context
  -n, --namespace NAME   instead of the context's namespace
  -A, --all-namespaces

Without a Director records and annotations are all there is to compare with.
What could not be known is told on stderr, in JSON among the notes.
Exit status: 0 no drift, 1 drift, 2 it could not be found out, or the command line is wrong
`;

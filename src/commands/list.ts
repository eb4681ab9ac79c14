import { type Column, columns } from '../inventory/columns.ts';
import { createListing } from '../inventory/listing.ts';
import type { Tables } from '../inventory/model.ts';
import { connect } from '../kubernetes/cluster.ts';
import { loadKubeconfig, targetOf } from '../kubernetes/kubeconfig.ts';
import { type ListArgs, parseListArgs } from './list-args.ts';
import { jsonTable } from './list-json.ts';
import { type Listed, readTable } from './list-read.ts';
import { textTable } from './list-text.ts';

/** The commands that print a table, by name. */
const tables = { vms: 'machines', disks: 'disks', stemcells: 'stemcells' } as const;

export type ListCommand = keyof typeof tables;

/** Of a printed table these columns are shown where no others are asked for: what an operator reads at a glance. */
const shown = 20;

/** Prints a table. Ends with 0, with 1 when the cluster could not be read, with 2 when the command line was wrong. */
export async function runList(command: ListCommand, args: readonly string[]): Promise<void> {
  // a reader such as head may go before all is written
  process.stdout.on('error', () => process.exit());
  let parsed: ListArgs;
  try {
    parsed = parseListArgs(tables[command], args);
  } catch (error) {
    process.stderr.write(
      `kubernetes-cpi ${command}: ${(error as Error).message}\nSee kubernetes-cpi ${command} --help\n`,
    );
    process.exitCode = 2;
    return;
  }
  if (parsed.help) {
    process.stdout.write(usageOf(command));
    return;
  }
  try {
    await list(command, tables[command], parsed);
  } catch (error) {
    process.stderr.write(`kubernetes-cpi ${command}: ${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}

async function list<K extends Listed>(command: ListCommand, table: K, args: ListArgs): Promise<void> {
  const { kubeconfig, allNamespaces, filter, sort } = args;
  const target = targetOf(await loadKubeconfig(kubeconfig === undefined ? {} : { paths: [kubeconfig] }), args.context);
  const cluster = connect(target);
  try {
    const namespace = allNamespaces ? undefined : (args.namespace ?? target.namespace);
    const { inventory, notes } = await readTable(cluster, table, namespace);
    const listing = createListing(inventory, table, { filter, sort, problemsFirst: false });
    const rows = Array.from({ length: listing.length }, (_, index) => listing.at(index) as Tables[K]);
    const chosen = chooseColumns(table, args);
    if (args.json) {
      process.stdout.write(jsonTable(command, chosen, rows, notes));
      return;
    }
    for (const note of notes) process.stderr.write(`kubernetes-cpi ${command}: ${note}\n`);
    process.stdout.write(textTable(chosen, rows, Date.now()));
  } finally {
    cluster.close();
  }
}

function chooseColumns<K extends Listed>(table: K, args: ListArgs): readonly Column<Tables[K]>[] {
  const all: readonly Column<Tables[K]>[] = columns[table];
  if (args.columns.length > 0) return args.columns.flatMap((key) => all.filter((column) => column.key === key));
  if (args.json) return all;
  return all.filter(
    ({ key, priority }) => priority < shown || key === 'reason' || (key === 'namespace' && args.allNamespaces),
  );
}

function usageOf(command: ListCommand): string {
  return `kubernetes-cpi ${command}: prints ${about[command]}

  --json                as JSON, in the form of bosh-cli's tables, all columns
  --column KEY          only this column; may be given several times
  --filter TEXT         text, !text, '-l label=value,…' or '-f letters'
  --sort KEY[:desc]     instead of by the first column
  --kubeconfig FILE     instead of $KUBECONFIG or ~/.kube/config
  --context NAME        instead of its current context
  -n, --namespace NAME  instead of the context's namespace
  -A, --all-namespaces

Columns: ${columns[tables[command]].map(({ key }) => key).join(', ')}
Exit status: 0, 1 when the cluster could not be read, 2 when the command line is wrong
`;
}

const about: Readonly<Record<ListCommand, string>> = {
  vms: 'every BOSH machine of a namespace',
  disks: 'every BOSH disk of a namespace, and who has it',
  stemcells: 'the images that machines of a namespace run',
};

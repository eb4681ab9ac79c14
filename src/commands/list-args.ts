import { parseArgs } from 'node:util';
import { closest, distance } from 'fastest-levenshtein';
import { columns } from '../inventory/columns.ts';
import { type Filter, parseFilter } from '../inventory/filter.ts';
import type { ListingOptions } from '../inventory/listing.ts';
import type { TableName } from '../inventory/model.ts';
import { clusterOptions } from './cluster-options.ts';

/** What a command line asks for. */
export interface ListArgs {
  readonly help: boolean;
  readonly json: boolean;
  /** Keys; those of the table when empty. */
  readonly columns: readonly string[];
  readonly filter: Filter;
  readonly sort: ListingOptions['sort'];
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespace: string | undefined;
  readonly allNamespaces: boolean;
}

const options = {
  ...clusterOptions,
  column: { type: 'string', multiple: true },
  filter: { type: 'string' },
  sort: { type: 'string' },
  'all-namespaces': { type: 'boolean', short: 'A' },
} as const;

/** @throws Error that names what is wrong and what would be right */
export function parseListArgs(table: TableName, args: readonly string[]): ListArgs {
  const { values } = parseArgs({ args: withFilterJoined(args), options });
  if (values.namespace !== undefined && values['all-namespaces']) {
    throw new Error('--namespace and --all-namespaces exclude each other');
  }
  const filter = parseFilter(values.filter ?? '');
  if ('error' in filter) throw new Error(`--filter: ${filter.error}`);
  // bosh takes one column an option, kubectl several by commas: both are at hand
  const keys = (values.column ?? []).flatMap((value) => value.split(','));
  for (const key of keys) checkKey(table, key, '--column');
  const [column, direction] = values.sort?.split(':', 2) ?? [];
  if (column !== undefined) checkKey(table, column, '--sort');
  if (direction !== undefined && direction !== 'desc') throw new Error(`--sort: write ${column} or ${column}:desc`);
  return {
    help: values.help ?? false,
    json: values.json ?? false,
    columns: keys,
    filter,
    sort: column === undefined ? undefined : { column, descending: direction === 'desc' },
    kubeconfig: values.kubeconfig,
    context: values.context,
    namespace: values.namespace,
    allNamespaces: values['all-namespaces'] ?? false,
  };
}

/** A filter may begin with a dash, which parseArgs takes for another option. */
export function withFilterJoined(args: readonly string[]): string[] {
  const at = args.indexOf('--filter');
  const value = args[at + 1];
  if (at < 0 || value === undefined) return [...args];
  return [...args.slice(0, at), `--filter=${value}`, ...args.slice(at + 2)];
}

function checkKey(table: TableName, key: string, option: string): void {
  const known = columns[table].map((column) => column.key);
  if (known.includes(key)) return;
  const near = closest(key, known);
  const hint = distance(key, near) <= 2 ? ` Did you mean ${near}?` : '';
  throw new Error(`${option}: there is no column ${key}.${hint} There are: ${known.join(', ')}`);
}

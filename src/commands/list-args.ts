import { parseArgs } from 'node:util';
import { closest, distance } from 'fastest-levenshtein';
import { columns } from '../inventory/columns.ts';
import type { ListingOptions } from '../inventory/listing.ts';
import type { TableName } from '../inventory/model.ts';
import { type ListingArgs, listingArgs, listingOptions } from './cluster-options.ts';

/** What a command line asks for. */
export interface ListArgs extends ListingArgs {
  /** Keys; those of the table when empty. */
  readonly columns: readonly string[];
  readonly sort: ListingOptions['sort'];
}

const options = {
  ...listingOptions,
  column: { type: 'string', multiple: true },
  sort: { type: 'string' },
} as const;

/** @throws Error that names what is wrong and what would be right */
export function parseListArgs(table: TableName, args: readonly string[]): ListArgs {
  const { values } = parseArgs({ args: withFilterJoined(args), options });
  const asked = listingArgs(values);
  // bosh takes one column an option, kubectl several by commas: both are at hand
  const keys = (values.column ?? []).flatMap((value) => value.split(','));
  for (const key of keys) checkKey(table, key, '--column');
  const [column, direction] = values.sort?.split(':', 2) ?? [];
  if (column !== undefined) checkKey(table, column, '--sort');
  if (direction !== undefined && direction !== 'desc') throw new Error(`--sort: write ${column} or ${column}:desc`);
  return {
    ...asked,
    columns: keys,
    sort: column === undefined ? undefined : { column, descending: direction === 'desc' },
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

import { type Filter, parseFilter } from '../inventory/filter.ts';

/** Options that every command has which reads a cluster, in the form of parseArgs. */
export const clusterOptions = {
  json: { type: 'boolean' },
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  namespace: { type: 'string', short: 'n' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Those of a command that prints a list. */
export const listingOptions = {
  ...clusterOptions,
  filter: { type: 'string' },
  'all-namespaces': { type: 'boolean', short: 'A' },
} as const;

/** What they ask for. */
export interface ListingArgs {
  readonly help: boolean;
  readonly json: boolean;
  readonly filter: Filter;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespace: string | undefined;
  readonly allNamespaces: boolean;
}

type Given = { readonly [K in 'json' | 'help' | 'all-namespaces']?: boolean | undefined } & {
  readonly [K in 'kubeconfig' | 'context' | 'namespace' | 'filter']?: string | undefined;
};

/** @throws Error that names what is wrong and what would be right */
export function listingArgs(given: Given): ListingArgs {
  const { kubeconfig, context, namespace } = given;
  if (namespace !== undefined && given['all-namespaces']) {
    throw new Error('--namespace and --all-namespaces exclude each other');
  }
  const filter = parseFilter(given.filter ?? '');
  if ('error' in filter) throw new Error(`--filter: ${filter.error}`);
  return {
    help: given.help ?? false,
    json: given.json ?? false,
    filter,
    kubeconfig,
    context,
    namespace,
    allNamespaces: given['all-namespaces'] ?? false,
  };
}

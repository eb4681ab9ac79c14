import { parseArgs } from 'node:util';
import { type Filter, parseFilter } from '../inventory/filter.ts';
import { clusterOptions } from './cluster-options.ts';
import { withFilterJoined } from './list-args.ts';

/** What a command line asks for. */
export interface DriftArgs {
  readonly help: boolean;
  readonly json: boolean;
  readonly filter: Filter;
  /** Whether agents are asked. */
  readonly scan: boolean;
  /** Address or alias of the Director; as the bosh CLI finds it when undefined. */
  readonly environment: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespace: string | undefined;
  readonly allNamespaces: boolean;
}

const options = {
  ...clusterOptions,
  filter: { type: 'string' },
  'no-scan': { type: 'boolean' },
  environment: { type: 'string', short: 'e' },
  'all-namespaces': { type: 'boolean', short: 'A' },
} as const;

/** @throws Error that names what is wrong and what would be right */
export function parseDriftArgs(args: readonly string[]): DriftArgs {
  const { values } = parseArgs({ args: withFilterJoined(args), options });
  if (values.namespace !== undefined && values['all-namespaces']) {
    throw new Error('--namespace and --all-namespaces exclude each other');
  }
  const filter = parseFilter(values.filter ?? '');
  if ('error' in filter) throw new Error(`--filter: ${filter.error}`);
  return {
    help: values.help ?? false,
    json: values.json ?? false,
    filter,
    scan: !(values['no-scan'] ?? false),
    environment: values.environment,
    kubeconfig: values.kubeconfig,
    context: values.context,
    namespace: values.namespace,
    allNamespaces: values['all-namespaces'] ?? false,
  };
}

import { parseArgs } from 'node:util';
import { type ListingArgs, listingArgs, listingOptions } from './cluster-options.ts';
import { withFilterJoined } from './list-args.ts';

/** What a command line asks for. */
export interface DriftArgs extends ListingArgs {
  /** Whether agents are asked. */
  readonly scan: boolean;
  /** Address or alias of the Director; as the bosh CLI finds it when undefined. */
  readonly environment: string | undefined;
}

const options = {
  ...listingOptions,
  'no-scan': { type: 'boolean' },
  environment: { type: 'string', short: 'e' },
} as const;

/** @throws Error that names what is wrong and what would be right */
export function parseDriftArgs(args: readonly string[]): DriftArgs {
  const { values } = parseArgs({ args: withFilterJoined(args), options });
  return { ...listingArgs(values), scan: !(values['no-scan'] ?? false), environment: values.environment };
}

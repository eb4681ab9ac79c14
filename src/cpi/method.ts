import * as v from 'valibot';
import { CloudError } from '../bosh/cloud-error.ts';
import { checkInput, describeFlaws } from '../bosh/schema.ts';
import type { Session } from '../bosh/session.ts';

/** What a method gets beside its arguments. */
export interface Call {
  /**
   * The cluster a CID or cloud_properties name.
   * @param context undefined: the configuration's default
   * @throws CloudError CpiError that lists the known contexts
   */
  readonly session: (context: string | undefined) => Promise<Session>;
  /** Tells the task log something: one line, no secrets. */
  readonly log: (line: string) => void;
}

/** One CPI method; `name` and what its arguments are called in errors come from the CPI's documentation. */
export interface Method {
  readonly run: (call: Call, args: readonly unknown[]) => Promise<unknown>;
}

type Items = readonly v.GenericSchema[];
type Parsed<T extends Items> = { [K in keyof T]: v.InferOutput<T[K]> };

/**
 * Makes a method of its named arguments' schemas and its body.
 * @param args `[name, schema]` in order; an argument whose schema is optional may be left out at the end
 */
export function defineMethod<const T extends readonly (readonly [string, v.GenericSchema])[]>(
  args: T,
  body: (call: Call, ...parsed: Parsed<{ [K in keyof T]: T[K][1] }>) => Promise<unknown>,
): Method {
  const least = args.filter(([, schema]) => schema.type !== 'optional').length;
  return {
    run(call, given) {
      if (given.length < least || given.length > args.length) {
        const takes = least === args.length ? `${least}` : `${least} to ${args.length}`;
        const names = args.map(([name]) => name).join(', ');
        throw new CloudError('CpiError', `expected ${takes} arguments (${names}), got ${given.length}`);
      }
      const parsed = args.map(([name, schema], index) => {
        const checked = checkInput(schema, given[index]);
        if ('flaws' in checked) throw new CloudError('CpiError', describeFlaws(checked.flaws, name));
        return checked.value;
      });
      return body(call, ...(parsed as Parsed<{ [K in keyof T]: T[K][1] }>));
    },
  };
}

/** A CID: any text here, read by parseCid where the kind of object is known. */
export const cidArgument = v.pipe(v.string(), v.nonEmpty('must not be empty'));
/** A Director's hash of metadata. */
export const metadataArgument = v.record(v.string(), v.unknown());
/** Size of a disk in MiB. */
export const sizeArgument = v.pipe(
  v.number(),
  v.integer('must be a whole number of MiB'),
  v.minValue(1, 'must be at least 1 MiB'),
);

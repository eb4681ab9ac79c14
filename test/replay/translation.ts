import { randomInt, randomUUID } from 'node:crypto';
import type { Backend } from '../support/backend.ts';
import type { RecordedCall } from './recording.ts';

/** Puts the recorded CPI's names and properties into ours. */
export interface Translation {
  arguments(call: RecordedCall): readonly unknown[];
  /** Remembers what our answer calls the thing that the recorded answer made. */
  learn(call: RecordedCall, result: unknown): void;
  /** Our name of a recorded CID. */
  cid(recorded: unknown): string;
}

/** @param calls the whole recording: a disk that could not be grown then is made of a class that does not grow */
export function translate(calls: readonly RecordedCall[], { classes, nodeLabels }: Backend): Translation {
  const names = new Map<string, string>();
  const network = randomInt(64, 250);
  const rigid = new Set(
    calls
      .filter(({ method, response }) => method === 'resize_disk' && response.error !== null)
      .map((call) => call.arguments[0]),
  );

  /** What the recording never made (it begins in the middle of a Director's life) is something that is not there. */
  function cid(recorded: unknown): string {
    const text = String(recorded);
    const known = names.get(text);
    if (known !== undefined) return known;
    const kind = text.startsWith('vm-') ? 'agent' : text.split('-')[0];
    const absent = `${kind === 'snap' ? 'snapshot' : kind}-${randomUUID()}`;
    names.set(text, absent);
    return absent;
  }

  function networks(given: Readonly<Record<string, Readonly<Record<string, unknown>>>>) {
    // the range of Services is shared with other tests: the third number is ours
    const moved = (address: unknown) => String(address).replace(/^10\.96\.\d+\./, `10.96.${network}.`);
    return Object.fromEntries(
      Object.entries(given).map(([name, { ip, gateway, ...rest }]) => {
        const addresses = {
          ...(ip !== undefined && { ip: moved(ip) }),
          ...(gateway !== undefined && { gateway: moved(gateway) }),
        };
        return [name, { ...rest, ...addresses, cloud_properties: {} }];
      }),
    );
  }

  function vmProperties({ cpu, ephemeral_disk: size }: { cpu?: number; ephemeral_disk?: number }) {
    return {
      node_labels: nodeLabels,
      ...(cpu !== undefined && { resources: { requests: { cpu } } }),
      ...(size !== undefined && { ephemeral_disk: { size } }),
    };
  }

  return {
    cid,
    arguments({ method, arguments: args, response }) {
      switch (method) {
        case 'info':
        case 'create_stemcell':
          return args;
        case 'create_vm': {
          const [agentId, stemcell, properties, given, disks, env] = args as [
            string,
            string,
            object,
            never,
            string[],
            object,
          ];
          return [agentId, cid(stemcell), vmProperties(properties), networks(given), disks.map(cid), env];
        }
        case 'create_disk': {
          const storageClass = rigid.has(response.result) ? classes.fixed : classes.waits;
          return [args[0], { storage_class: storageClass }, cid(args[2])];
        }
        case 'attach_disk':
        case 'detach_disk':
          return args.map(cid);
        default:
          return [cid(args[0]), ...args.slice(1)];
      }
    },
    learn({ method, response }, result) {
      const [recorded, ours] =
        method === 'create_vm' ? [first(response.result), first(result)] : [response.result, result];
      if (typeof recorded === 'string' && typeof ours === 'string') names.set(recorded, ours);
    },
  };
}

function first(result: unknown): unknown {
  return Array.isArray(result) ? result[0] : undefined;
}

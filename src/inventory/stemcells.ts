import type { Machine, Stemcell } from './model.ts';
import { isPullError } from './pod-condition.ts';
import type { WritableTable } from './table.ts';

/** Counts machines by their image, change by change. */
export interface StemcellCount {
  /** One machine's row was replaced; undefined for none. */
  replace(before: Machine | undefined, after: Machine | undefined): void;
}

interface Count {
  machines: number;
  pullErrors: number;
  created: number;
}

export function countStemcells(table: WritableTable<Stemcell>): StemcellCount {
  const counts = new Map<string, Count>();

  function add(machine: Machine | undefined, by: 1 | -1): void {
    const image = machine?.stemcell;
    if (machine === undefined || image === undefined) return;
    const count = counts.get(image) ?? { machines: 0, pullErrors: 0, created: machine.created };
    counts.set(image, count);
    count.machines += by;
    count.created = Math.min(count.created, machine.created);
    if (isPullError(machine.state)) count.pullErrors += by;
  }

  function show(image: string): void {
    const count = counts.get(image);
    if (count === undefined) return;
    if (count.machines === 0) {
      counts.delete(image);
      table.delete(image);
      return;
    }
    const { machines, pullErrors, created } = count;
    const reason =
      pullErrors === 0
        ? undefined
        : `${pullErrors} of ${machines} machines cannot pull it: see the events of one of them`;
    const health = pullErrors === 0 ? 'ok' : 'problem';
    table.set({
      uid: image,
      name: shortName(image),
      namespace: '',
      created,
      health,
      reason,
      image,
      machines,
      pullErrors,
    });
  }

  return {
    replace(before, after) {
      if (before?.stemcell === after?.stemcell && before?.state === after?.state) return;
      add(before, -1);
      add(after, 1);
      for (const image of new Set([before?.stemcell, after?.stemcell])) if (image !== undefined) show(image);
    },
  };
}

/** `registry.example.com/bosh/noble@sha256:abcdef…` as `noble@abcdef012345`. */
function shortName(image: string): string {
  const last = image.slice(image.lastIndexOf('/') + 1);
  return last.replace(/(@)sha256:([0-9a-f]{12})[0-9a-f]*$/, '$1$2');
}

/** What must hold of some machines and disks, whatever has happened to them: plain data, without a cluster. */
export interface Model {
  /** Per machine the disks that it has, in the order they came. */
  readonly disks: readonly (readonly number[])[];
  /** Per machine the disk that its agent has mounted: one that came when there was none. */
  readonly stores: readonly (number | undefined)[];
  /** Per disk the lines that were written to it. */
  readonly lines: readonly (readonly string[])[];
}

/** One thing that is done, to a machine and a disk by their numbers; `node` concerns all. */
export type Operation =
  | { readonly kind: 'attach' | 'detach' | 'write'; readonly machine: number; readonly disk: number }
  | { readonly kind: 'kill' | 'restart' | 'recreate' | 'lose pod'; readonly machine: number }
  | { readonly kind: 'kill attachment' | 'lose attachment'; readonly machine: number; readonly disk: number }
  | { readonly kind: 'reboot node' };

/** How often each kind comes up; what has no subject at its time (a detach of no disk) becomes an attach or a write. */
const weights: readonly (readonly [Operation['kind'], number])[] = [
  ['attach', 30],
  ['detach', 22],
  ['write', 14],
  ['kill', 6],
  ['restart', 5],
  ['recreate', 6],
  ['lose pod', 3],
  ['kill attachment', 7],
  ['lose attachment', 5],
  ['reboot node', 2],
];

/** Nothing attached, nothing written. */
export function emptyModel(machines: number, disks: number): Model {
  return {
    disks: Array.from({ length: machines }, () => []),
    stores: Array.from({ length: machines }, () => undefined),
    lines: Array.from({ length: disks }, () => []),
  };
}

/** Numbers from 0 to 1, always the same ones for a seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The machine that has a disk. */
export function ownerOf({ disks }: Model, disk: number): number | undefined {
  const owner = disks.findIndex((own) => own.includes(disk));
  return owner < 0 ? undefined : owner;
}

/** What happens next; depends on the model and the numbers alone. */
export function nextOperation(model: Model, random: () => number): Operation {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const kind = pick(weights.flatMap(([name, weight]) => Array<Operation['kind']>(weight).fill(name)));
  const machine = Math.floor(random() * model.disks.length);
  const disk = Math.floor(random() * model.lines.length);
  const attached = model.lines.flatMap((_, index) => {
    const owner = ownerOf(model, index);
    return owner === undefined ? [] : [{ machine: owner, disk: index }];
  });
  switch (kind) {
    case 'reboot node':
      return { kind };
    case 'attach':
      return { kind, machine, disk };
    case 'kill':
    case 'restart':
    case 'recreate':
    case 'lose pod':
      return { kind, machine };
    default:
      return attached.length === 0 ? { kind: 'attach', machine, disk } : { kind, ...pick(attached) };
  }
}

/** The model after an operation that did what it should. A disk that some machine has stays where it is. */
export function after(model: Model, operation: Operation, line: string): Model {
  const { disks, stores, lines } = model;
  switch (operation.kind) {
    case 'attach': {
      const { machine, disk } = operation;
      if (ownerOf(model, disk) !== undefined) return model;
      return {
        lines,
        disks: changed(disks, machine, (own) => [...own, disk]),
        stores: changed(stores, machine, (store) => store ?? disk),
      };
    }
    case 'detach': {
      const { machine, disk } = operation;
      return {
        lines,
        disks: changed(disks, machine, (own) => own.filter((each) => each !== disk)),
        stores: changed(stores, machine, (store) => (store === disk ? undefined : store)),
      };
    }
    case 'write':
      return { ...model, lines: changed(lines, operation.disk, (written) => [...written, line]) };
    default:
      return model;
  }
}

function changed<T>(list: readonly T[], index: number, change: (item: T) => T): readonly T[] {
  return list.map((item, each) => (each === index ? change(item) : item));
}

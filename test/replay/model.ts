/** What should exist: the meaning of the calls made so far. */
export interface Model {
  readonly vms: Map<
    string,
    { readonly addresses: readonly string[]; readonly group: string | undefined; disks: string[]; alive: boolean }
  >;
  /** Sizes in MiB. */
  readonly disks: Map<string, number>;
  readonly snapshots: Set<string>;
}

export function newModel(): Model {
  return { vms: new Map(), disks: new Map(), snapshots: new Set() };
}

type Networks = Readonly<Record<string, { readonly type: string; readonly ip?: string }>>;

/** Changes the model as a call that succeeded changes the world. */
export function apply(model: Model, method: string, args: readonly unknown[], result: unknown): void {
  const [first, second] = args as [string, string];
  switch (method) {
    case 'create_vm': {
      const [, , , networks, disks, env] = args as [
        string,
        string,
        object,
        Networks,
        string[],
        { bosh?: { group?: string } },
      ];
      const taken = new Set([...model.vms.values()].flatMap((vm) => vm.disks));
      model.vms.set((result as [string])[0], {
        addresses: Object.values(networks).flatMap(({ type, ip }) =>
          type === 'manual' && ip !== undefined ? [ip] : [],
        ),
        group: env.bosh?.group,
        disks: disks.filter((disk) => model.disks.has(disk) && !taken.has(disk)),
        alive: true,
      });
      return;
    }
    case 'delete_vm':
      model.vms.delete(first);
      return;
    case 'create_disk':
      model.disks.set(result as string, Number(first));
      return;
    case 'delete_disk':
      model.disks.delete(first);
      return;
    case 'resize_disk':
      model.disks.set(first, Number(second));
      return;
    case 'attach_disk': {
      const vm = model.vms.get(first);
      if (vm !== undefined && !vm.disks.includes(second)) vm.disks.push(second);
      return;
    }
    case 'detach_disk': {
      const vm = model.vms.get(first);
      if (vm !== undefined) vm.disks = vm.disks.filter((disk) => disk !== second);
      return;
    }
    case 'snapshot_disk':
      model.snapshots.add(result as string);
      return;
    case 'delete_snapshot':
      model.snapshots.delete(first);
      return;
  }
}

/** The model in the words of `observe`, to be compared with them. */
export function expected({ vms, disks, snapshots }: Model): Observation {
  const groups = new Map<string, number>();
  // the next call for the group will count it without a machine that somebody deleted
  for (const { group } of vms.values()) {
    if (group !== undefined) groups.set(group, (groups.get(group) ?? 0) + 1);
  }
  return {
    machines: Object.fromEntries(
      [...vms].filter(([, { alive }]) => alive).map(([cid, vm]) => [cid, { ready: true, disks: [...vm.disks].sort() }]),
    ),
    records: [...vms.keys()].sort(),
    disks: Object.fromEntries(disks),
    addresses: [...vms.values()].flatMap((vm) => vm.addresses).sort(),
    snapshots: [...snapshots].sort(),
    budgets: [...groups.values()].map((size) => size - 1).sort(),
  };
}

/** What exists. */
export interface Observation {
  readonly machines: Readonly<Record<string, { readonly ready: boolean; readonly disks: readonly string[] }>>;
  readonly records: readonly string[];
  readonly disks: Readonly<Record<string, number>>;
  readonly addresses: readonly string[];
  readonly snapshots: readonly string[];
  /** `minAvailable` of each group's budget. */
  readonly budgets: readonly number[];
}

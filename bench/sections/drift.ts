import type { DirectorInstance, DirectorView } from '../../src/director/model.ts';
import { createComparison } from '../../src/drift/comparison.ts';
import type { Moment } from '../../src/drift/moment.ts';
import { type Inventory, startInventory } from '../../src/inventory/inventory.ts';
import type { Machine } from '../../src/inventory/model.ts';
import { createFleet } from '../console/fleet.ts';
import type { Section } from '../report.ts';
import type { Setting } from '../setting.ts';
import { median, p95 } from '../statistics.ts';

const machines = 2000;
const passes = 30;
const changes = 200;

/** A cluster's machines are compared with a Director that knows all of them: from scratch, one after the other as they change, and from the change on. */
export async function drift(setting: Setting): Promise<Section> {
  const { admin, namespace } = setting;
  const fleet = await createFleet(setting);
  await fleet.grow(machines);
  // a fleet has pods alone
  const collections = ['pods', 'attachments', 'claims', 'services'] as const;
  const inventory = startInventory(admin, { namespace, collections });
  try {
    await until(() => inventory.collections().every(({ freshness }) => freshness.state === 'live'));
    await until(() => [...inventory.rows('machines').values()].every(({ podAddress }) => podAddress !== undefined));
    const view = viewOf([...inventory.rows('machines').values()]);
    const { wall, cpu } = wholePasses(inventory, view);
    const { one, seen } = await changed(setting, inventory, view);
    return {
      name: 'Drift',
      about: `${machines} machines on the API server, read by an inventory and compared with a Director that knows them; kwok nodes. A change: a pod gets another address.`,
      figures: [
        { name: 'a full pass', unit: 'ms', median: median(wall), p95: p95(wall), limit: 50 },
        { name: 'a full pass, of it on the CPU', unit: 'ms', median: median(cpu), p95: p95(cpu), limit: 50 },
        { name: 'one changed machine', unit: 'ms', median: median(one), p95: p95(one), limit: 1 },
        { name: 'from the new address to the finding', unit: 'ms', median: median(seen), p95: p95(seen), limit: 1000 },
      ],
    };
  } finally {
    inventory.close();
  }
}

function momentOf(inventory: Inventory, view: DirectorView): Moment {
  return {
    now: Date.now(),
    subjects: inventory.subjects,
    freshness: inventory.freshness(),
    collections: inventory.collections(),
    view,
  };
}

/** Each from nothing: indexes and all. */
function wholePasses(inventory: Inventory, view: DirectorView): { wall: readonly number[]; cpu: readonly number[] } {
  const wall: number[] = [];
  const cpu: number[] = [];
  for (let count = 0; count < passes; count++) {
    const comparison = createComparison(undefined);
    const moment = momentOf(inventory, view);
    const began = performance.now();
    const used = process.threadCpuUsage();
    comparison.look(moment);
    const { user, system } = process.threadCpuUsage(used);
    wall.push(performance.now() - began);
    cpu.push((user + system) / 1000);
  }
  return { wall, cpu };
}

/** @returns milliseconds of each look at one changed machine, and from the API server's answer with the new address to the finding */
async function changed({ api, namespace }: Setting, inventory: Inventory, view: DirectorView) {
  const comparison = createComparison(undefined);
  comparison.look(momentOf(inventory, view));
  const one: number[] = [];
  const stops = [
    inventory.subjects.follow((touched) => comparison.touch(touched)),
    inventory.subscribe(() => {
      const began = performance.now();
      comparison.look(momentOf(inventory, view));
      one.push(performance.now() - began);
    }),
  ];
  const seen: number[] = [];
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  for (const { name } of [...inventory.rows('machines').values()].slice(0, changes)) {
    const status = { podIP: '10.255.0.1', podIPs: [{ ip: '10.255.0.1' }] };
    await api.call('PATCH', `${pods}/${name}/status`, { status }, 'application/merge-patch+json');
    const began = performance.now();
    await until(() => comparison.findings().some(({ subject }) => subject.name === name));
    seen.push(performance.now() - began);
  }
  for (const stop of stops) stop();
  return { one, seen };
}

function viewOf(rows: readonly Machine[]): DirectorView {
  const now = Date.now();
  return {
    info: { name: 'bench', uuid: 'bench', version: '280.1.0', user: 'admin', authentication: 'basic' },
    freshness: { state: 'live', since: now },
    deployments: [...new Set(rows.map(({ deployment = '' }) => deployment))].map((name) => ({
      name,
      teams: [],
      locked: false,
    })),
    instances: rows.map((row) => instanceOf(row, now)),
    inactiveVms: [],
    orphanDisks: [],
    orphanVms: [],
    locks: [],
    tasks: [],
  };
}

function instanceOf(
  { agentId, name, labels, podAddress = '', promised, deployment = '' }: Machine,
  now: number,
): DirectorInstance {
  const scan = { at: now, state: 'started', jobState: 'running', disks: [], ignored: false, stemcell: undefined };
  return {
    deployment,
    group: labels.instance_group ?? '',
    index: Number(labels.index),
    id: labels.id ?? '',
    zone: undefined,
    agentId,
    cid: name,
    ips: [promised ?? podAddress],
    vmCreated: now,
    expectsVm: true,
    scan: { ...scan, processes: [] },
  };
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 12_000; tries++) {
    if (isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('it did not come to that within a minute');
}

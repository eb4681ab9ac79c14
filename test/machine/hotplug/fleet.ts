import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import { isReady, restartsOf } from '../node.ts';
import { attachmentOf, createDisk, createMachine, type Machine } from './machine.ts';
import { loseNode } from './mishaps.ts';
import { type Model, type Operation, ownerOf } from './model.ts';
import type { Site } from './site.ts';

/** Some machines and disks, to which the operations of the model are done. */
export interface Fleet {
  /** Does an operation for real. @param model as it was before @param line what a write writes; throws when the CPI or an agent says anything but what it should */
  play(model: Model, operation: Operation, line: string): Promise<void>;
  /** What is there, in the same form as `expected` makes of a model. */
  look(model: Model): Promise<unknown>;
  expected(model: Model): unknown;
  /** Which pods the machines are, and since when: what an operation on others does not change. */
  lives(): Promise<readonly string[]>;
  /** Deletes the machines; gives what is on each disk then. */
  end(): Promise<readonly string[]>;
}

/** Makes machines and disks. */
export async function createFleet(site: Site, machineCount: number, diskCount: number): Promise<Fleet> {
  const machines: Machine[] = [];
  const disks: string[] = [];
  for (let index = 0; index < machineCount; index++) machines.push(await createMachine(site));
  for (let index = 0; index < diskCount; index++) disks.push(await createDisk(site));
  const machineOf = (index: number): Machine => machines[index] as Machine;
  const diskOf = (index: number): string => disks[index] as string;
  const namesOf = (own: readonly number[]): readonly string[] => own.map(diskOf);

  /** Has the agent mount its store, as a Director does once a machine is new. */
  const settle = async (model: Model, index: number): Promise<void> => {
    for (const disk of model.disks[index] ?? []) {
      if (disk === model.stores[index]) await machineOf(index).attach(diskOf(disk));
      else await machineOf(index).cpi('attach_disk', diskOf(disk));
    }
  };
  const deletePod = (name: string, gracePeriodSeconds: number): Promise<unknown> =>
    site.admin.json({
      method: 'DELETE',
      path: `/api/v1/namespaces/${site.namespace}/pods/${name}`,
      body: { gracePeriodSeconds },
    });

  async function attach(model: Model, index: number, disk: number): Promise<void> {
    const owner = ownerOf(model, disk);
    if (owner === undefined && model.stores[index] === undefined) return machineOf(index).attach(diskOf(disk));
    const answer = await machineOf(index)
      .cpi('attach_disk', diskOf(disk))
      .catch((error: Error) => error.message);
    const isRight =
      owner === undefined || owner === index
        ? answer === `/mnt/${diskOf(disk)}`
        : String(answer).includes(`in use by VM ${machineOf(owner).vm}`);
    if (!isRight) throw new Error(`attach_disk of ${diskOf(disk)} to ${machineOf(index).vm}: ${answer}`);
  }

  async function play(model: Model, operation: Operation, line: string): Promise<void> {
    if (operation.kind === 'reboot node') {
      const attached = model.disks.flatMap(namesOf).map(attachmentOf);
      await loseNode(site, [...machines.map(({ vm }) => vm), ...attached]);
      for (const machine of machines) await machine.answers();
      return;
    }
    const index = operation.machine;
    const machine = machineOf(index);
    switch (operation.kind) {
      case 'attach':
        return attach(model, index, operation.disk);
      case 'detach':
        if (model.stores[index] === operation.disk) await machine.detach(diskOf(operation.disk));
        else await machine.cpi('detach_disk', diskOf(operation.disk));
        return;
      case 'write':
        await machine.sh(`echo ${line} >> /mnt/${diskOf(operation.disk)}/file`);
        return;
      case 'kill':
        return machine.restart(() => site.kill(machine.vm));
      case 'restart':
        return machine.restart(() => machine.cpi('reboot_vm'));
      case 'recreate':
        await machine.cpi('delete_vm');
        machines[index] = await createMachine(site, namesOf(model.disks[index] ?? []));
        return settle(model, index);
      case 'lose pod':
        await deletePod(machine.vm, 1);
        await site.follow(machine.vm, (pod) => (pod === undefined ? true : undefined));
        await machine.cpi('reboot_vm');
        await machine.answers();
        return settle(model, index);
      case 'kill attachment': {
        const name = attachmentOf(diskOf(operation.disk));
        const before = restartsOf(await site.pod(name));
        await site.kill(name);
        await site.follow(name, (pod) => (restartsOf(pod) > before && isReady(pod) ? true : undefined));
        return;
      }
      case 'lose attachment':
        await deletePod(attachmentOf(diskOf(operation.disk)), 0);
        await machine.cpi('attach_disk', diskOf(operation.disk));
    }
  }

  const where = (name: string, disk: string): string => `/run/bosh-cpi/${site.namespace}/${name}/${disk}`;

  return {
    play,
    expected: (model) => ({
      machines: machines.map((_, index) => {
        const own = model.disks[index] ?? [];
        const store = model.stores[index];
        return {
          known: namesOf(own).toSorted(),
          mounts: [
            ...namesOf(own).map((disk) => `/mnt/${disk}`),
            ...(store === undefined ? [] : ['/var/vcap/store']),
          ].toSorted(),
          contents: own.map((disk) => (model.lines[disk] ?? []).join('\n')),
          store: store === undefined ? '' : (model.lines[store] ?? []).join('\n'),
        };
      }),
      node: model.disks
        .flatMap((own, index) => namesOf(own).map((disk) => where(machineOf(index).vm, disk)))
        .toSorted(),
    }),
    async look(model) {
      const seen = machines.map(async (machine, index) => {
        const own = namesOf(model.disks[index] ?? []);
        const read = (path: string): Promise<string> => machine.sh(`cat ${path}/file 2> /dev/null || true`);
        const mounts = (await machine.mounts()).map(({ at }) => at);
        return {
          known: ((await machine.cpi('get_disks')) as string[]).toSorted(),
          mounts: mounts.filter((at) => /^\/(mnt\/|var\/vcap\/store)/.test(at)).toSorted(),
          contents: await Promise.all(own.map((disk) => read(`/mnt/${disk}`))),
          store: await read('/var/vcap/store'),
        };
      });
      const prefix = `/run/bosh-cpi/${site.namespace}/`;
      const onNode = site.node.mounts().map(({ at }) => at);
      return { machines: await Promise.all(seen), node: onNode.filter((at) => at.startsWith(prefix)).toSorted() };
    },
    lives: () => Promise.all(machines.map(async ({ vm }) => lifeOf(await site.pod(vm)))),
    async end() {
      for (const machine of machines) await machine.cpi('delete_vm');
      const contents: string[] = [];
      for (const disk of disks) {
        const folder = `/run/node/volumes/${await site.volume(disk)}`;
        contents.push(await site.node.sh(`cat ${folder}/file 2> /dev/null || true`));
        await site.cpi('delete_disk', [disk]);
      }
      return contents;
    },
  };
}

function lifeOf(pod: V1Pod | undefined): string {
  const container = pod?.status?.containerStatuses?.[0];
  return [pod?.metadata?.uid, pod?.status?.podIP, container?.containerID].join(' ');
}

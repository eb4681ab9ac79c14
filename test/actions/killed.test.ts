import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { proxyAuthority, startProxy } from '../crash/proxy.ts';
import { full } from '../crash/stages.ts';
import { platforms } from '../support/backend.ts';
import { type Command, createDesk } from './support/command.ts';
import { createOperator } from './support/operator.ts';
import { createPlace } from './support/place.ts';

/** Each write where there is time, else each third of either command. */
const stride = full ? 1 : 3;

for (const { name: platform, start } of platforms) {
  test.serial(`${platform}: orphan and reattach killed after a write are finished by the same command`, async (t) => {
    t.timeout(900_000);
    const backend = await start();
    t.teardown(() => backend.stop());
    const place = await createPlace(t, backend);
    const proxy = await startProxy(backend);
    t.teardown(() => proxy.close());
    const through = { server: proxy.url, authority: proxyAuthority };
    const operator = await createOperator(backend, place.namespace, 'operator', undefined, through);
    t.teardown(operator.remove);
    const desk = createDesk(t, operator.kubeconfig);
    const [one, two] = [await place.instance('db', 0), await place.instance('db', 1)];

    /** @returns whether there was such a write; without it the command came to its own end */
    async function killedAfter(write: number, args: readonly string[]): Promise<boolean> {
      let seen = 0;
      let hit = false;
      let running: Command | undefined;
      proxy.begin(
        ({ write: isWrite, path }) => {
          if (isWrite === undefined || path.includes('/selfsubject')) return undefined;
          seen++;
          hit ||= seen === write;
          return seen === write ? { kind: 'kill', when: 'after' } : undefined;
        },
        async () => {
          while (running === undefined) await sleep(1);
          await running.kill();
        },
      );
      running = await desk.start(args);
      const { status, stderr } = await running.ended;
      t.is(status, hit ? null : 0, stderr);
      return hit;
    }

    const machines = [one, two];
    let most = 0;
    let isLeft = true;
    for (let write = 1; isLeft; write += stride) {
      const target = machines[Math.floor(write / stride) % 2] as typeof one;
      const commands = [
        ['orphan', one.disk, '--yes'],
        ['reattach', one.disk, target.vm, '--yes'],
      ];
      isLeft = false;
      for (const args of commands) {
        const hit = await killedAfter(write, args);
        isLeft ||= hit;
        proxy.begin();
        const again = await desk.run(args);
        t.is(again.status, 0, `${args.join(' ')} after write ${write}:\n${again.stderr}`);
      }
      most = write;
      const disks = await place.cpi<readonly string[]>('get_disks', target.vm);
      t.true(disks.includes(one.disk), `write ${write}`);
      const claim = await place.get<{ metadata: { labels: object }; spec: { volumeName: string } }>(
        `persistentvolumeclaims/${one.disk}`,
      );
      t.false('bosh.cloudfoundry.org/orphaned' in (claim?.metadata.labels ?? {}));
      const path = `/api/v1/persistentvolumes/${claim?.spec.volumeName}`;
      const { spec } = await place.site.cluster.json<{ spec: object }>({ method: 'GET', path });
      t.like(spec, { persistentVolumeReclaimPolicy: 'Delete' }, `write ${write}`);
    }
    t.true(most > 8, `only ${most} writes`);
  });
}

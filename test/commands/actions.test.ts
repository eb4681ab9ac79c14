import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import test from 'ava';
import { createDesk } from '../actions/support/command.ts';
import { createOperator } from '../actions/support/operator.ts';
import { createPlace } from '../actions/support/place.ts';
import { platforms } from '../support/backend.ts';
import { kubeconfigFor } from '../support/kubeconfig.ts';

interface Printed {
  readonly plan: { readonly title: string; readonly steps: readonly { readonly verb: string }[] };
  readonly outcome?: { readonly done: boolean; readonly proof: readonly string[]; readonly undo?: string };
}

for (const { name: platform, start } of platforms) {
  test.serial(
    `${platform}: a disk goes from one machine to another by commands, shown before and accounted for after`,
    async (t) => {
      const backend = await start();
      t.teardown(() => backend.stop());
      const place = await createPlace(t, backend);
      const operator = await createOperator(backend, place.namespace, 'operator');
      t.teardown(operator.remove);
      const desk = createDesk(t, operator.kubeconfig);
      const one = await place.instance('db', 0);
      await place.instance('db', 1);

      const before = await place.objects();
      const dry = await desk.run(['orphan', one.disk, '--dry-run']);
      t.is(dry.status, 0, dry.stderr);
      t.regex(dry.stdout, /^Orphan disk-[0-9a-f]{8}… \(1Gi\) of db\/0, on Kubernetes\n {2}1 {2}agent/);
      t.regex(dry.stdout, /\nInterrupts: db\/0 loses \/var\/vcap\/store while it runs/);
      t.regex(dry.stdout, new RegExp(`\nUndo: kubernetes-cpi reattach ${one.disk} db/0\n$`));
      const silent = await desk.run(['orphan', one.disk]);
      t.is(silent.status, 2);
      t.is(silent.stdout, '');
      t.regex(silent.stderr, /there is no terminal to ask on: look at it with --dry-run, then give --yes/);
      t.deepEqual(await place.objects(), before, 'nothing was written');

      const orphaned = await desk.run(['orphan', `cpi:${one.disk}`, '--yes']);
      t.is(orphaned.status, 0, orphaned.stderr);
      t.regex(
        orphaned.stdout,
        /\nDone: Orphan .*\n {2}It is marked as an orphan since .*\n {2}Its volume .* Retain\n {2}No machine has it\n/,
      );
      t.regex(orphaned.stderr, /^1\/5 agent db\/0\n {4}nobody uses it\n2\/5 PATCH persistentvolumeclaims/);
      const list = await desk.run(['orphan', '--list']);
      t.regex(list.stdout, new RegExp(`^${one.disk} {2}1Gi {2}since .* {2}from db/0 {2}by .*@`));

      const reattached = await desk.run(['reattach', one.disk, 'db/1', '--yes', '--json']);
      t.is(reattached.status, 0, reattached.stderr);
      const { plan, outcome } = JSON.parse(reattached.stdout) as Printed;
      t.regex(plan.title, /^Reattach disk-.* to db\/1$/);
      t.true(outcome?.done);
      t.is(outcome?.undo, `kubernetes-cpi orphan ${one.disk}`);

      const refused = await desk.run(['reattach', one.disk, 'db/0', '--yes', '--json']);
      t.is(refused.status, 1);
      t.like(JSON.parse(refused.stdout), {
        refused: { remedy: `kubernetes-cpi orphan ${one.disk} takes it away there first` },
      });

      t.is(statSync(desk.auditPath).mode & 0o777, 0o600);
      const audit = readFileSync(desk.auditPath, 'utf8');
      t.deepEqual(
        audit
          .trimEnd()
          .split('\n')
          .map((line) => {
            const { action, outcome: end, context, namespace, subject, through } = JSON.parse(line);
            return [action, end, context, namespace, subject, through];
          }),
        ['orphan-disk', 'reattach-disk'].flatMap((action) =>
          ['begun', 'done'].map((end) => [
            action,
            end,
            'cpi',
            place.namespace,
            `PersistentVolumeClaim/${one.disk}`,
            'kubernetes',
          ]),
        ),
      );
      t.false(audit.includes(String(operator.kubeconfig.users[0]?.user.token)), 'no secret is in it');

      mkdirSync(dirname(desk.configurationPath), { recursive: true });
      writeFileSync(desk.configurationPath, 'contexts: { cpi: { readonly: true } }\n');
      const readonly = await desk.run(['orphan', one.disk, '--yes']);
      t.is(readonly.status, 1);
      t.regex(readonly.stderr, /config\.yml says readonly for context cpi/);
    },
  );

  test.serial(`${platform}: a finding is mended by its id`, async (t) => {
    t.timeout(300_000);
    const backend = await start();
    t.teardown(() => backend.stop());
    const place = await createPlace(t, backend);
    const operator = await createOperator(backend, place.namespace, 'operator');
    t.teardown(operator.remove);
    const desk = createDesk(t, operator.kubeconfig);
    const { vm } = await place.instance('db', 0);
    const labels = { 'bosh.cloudfoundry.org/agent-id': vm.replace('agent-', '') };
    const path = `/api/v1/namespaces/${place.namespace}/services`;
    const spec = { selector: { app: 'other' }, publishNotReadyAddresses: true, ports: [{ port: 80 }] };
    await place.site.cluster.json({ method: 'POST', path, body: { metadata: { name: 'web', labels }, spec } });

    const drift = await desk.run(['drift', '--json']);
    t.is(drift.status, 1, drift.stderr);
    const { findings } = JSON.parse(drift.stdout) as {
      findings: readonly { id: string; repairs: readonly string[] }[];
    };
    const finding = findings.find(({ repairs }) => repairs.includes('mend-service'));
    t.truthy(finding, drift.stdout);
    const unsafe = await desk.run(['repair', finding?.id ?? '', '--with', 'delete-vm', '--yes']);
    t.is(unsafe.status, 1);
    t.regex(unsafe.stderr, /delete-vm is not safe for "Service leads away"\nSafe for it: mend-service/);
    const mended = await desk.run(['repair', finding?.id ?? '', '--yes']);
    t.is(mended.status, 0, mended.stderr);
    t.regex(mended.stdout, /\nDone: Mend Service web\n/);
    const again = await desk.run(['repair', finding?.id ?? '', '--yes']);
    t.is(again.status, 1);
    t.regex(again.stderr, /no finding .* now; there is no drift/);
  });
}

const wrong: readonly (readonly [args: readonly string[], error: RegExp])[] = [
  [['orphan', '--yes'], /DISK is missing/],
  [['orphan', 'disk-1', 'disk-2', '--yes'], /disk-2 is one word too many/],
  [['orphan', 'disk-1', '--adopt', '--delete', '--yes'], /exclude each other/],
  [['orphan', 'disk-1', '--snapshot', '--yes'], /--snapshot goes with --delete/],
  [['orphan', 'Disk 1', '--yes'], /disk CID "Disk 1": expected <name> or <context>:<name>/],
  [['reattach', 'disk-1', '--yes'], /MACHINE is missing/],
  [['reattach', 'disk-1', 'db/0', '--through', 'magic', '--yes'], /magic is neither director nor kubernetes/],
  [['repair', 'a', '--with', 'hope', '--yes'], /there is no repair hope\. There are: recreate-instance, /],
  [['repair', 'a', '--jason'], /Unknown option '--jason'/],
];

test('wrong command lines are status 2, and say what would be right', async (t) => {
  const desk = createDesk(t, kubeconfigFor('http://127.0.0.1:9', undefined, { token: 'x' }, 'bosh'));
  for (const [args, error] of wrong) {
    const { status, stdout, stderr } = await desk.run(args);
    t.is(status, 2, args.join(' '));
    t.is(stdout, '');
    t.regex(stderr, error);
    t.regex(stderr, new RegExp(`See kubernetes-cpi ${args[0]} --help`));
  }
  for (const name of ['orphan', 'reattach', 'repair']) {
    const { status, stdout } = await desk.run([name, '--help']);
    t.is(status, 0);
    t.regex(stdout, /--dry-run/);
  }
  const away = await desk.run(['orphan', 'disk-1', '--yes']);
  t.is(away.status, 1);
  t.regex(away.stderr, /127\.0\.0\.1:9 could not be reached/);
});

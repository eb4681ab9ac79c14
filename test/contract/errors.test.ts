import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1StorageClass } from '@kubernetes/client-node/dist/gen/models/V1StorageClass.js';
import { createAuthority, issueCertificate } from '../cluster/certificate.ts';
import { proxyAuthority, type Rule, startProxy } from '../crash/proxy.ts';
import { type Backend, truest } from '../support/backend.ts';
import { kubeconfigFor } from '../support/kubeconfig.ts';
import { pathIn } from '../support/objects.ts';
import { contract, createVm, vmArguments } from './support/contract.ts';
import type { Site } from './support/site.ts';

const vm = 'agent-f66d842d-15b0-413f-bf9d-502218611f66';

/** A cpi-config that reaches the site's cluster as somebody else, or elsewhere. */
function as(site: Site, user: Readonly<Record<string, unknown>>, server?: string, authority?: string) {
  const { backend, namespace } = site;
  const kubeconfig = kubeconfigFor(server ?? backend.server, authority ?? backend.authority, user, namespace);
  return { context: { kubeconfig } };
}

async function patch(backend: Backend, site: Site, path: string, body: object): Promise<void> {
  await backend.admin.json({ method: 'PATCH', path: pathIn(site.namespace, path), body });
}

async function create(backend: Backend, site: Site, path: string, body: object): Promise<void> {
  await backend.admin.json({ method: 'POST', path: pathIn(site.namespace, path), body });
}

/** What takes long because the CPI is patient, and is the same on every platform, is tried on one. */
const patient = { only: truest.name } as const;

/** Plays the rule to the calls that `body` makes through a proxy before the API server. */
async function disturbed(
  site: Site,
  rule: Rule,
  body: (options: { context: Record<string, unknown> }) => Promise<void>,
): Promise<void> {
  const proxy = await startProxy(site.backend);
  try {
    proxy.begin(rule);
    await body(as(site, { token: site.token }, proxy.url, proxyAuthority));
  } finally {
    proxy.close();
  }
}

contract('errors of the connection', (declare) => {
  declare(
    'nothing listens',
    async (t, site) => {
      const probe = createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => probe.once('listening', resolve));
      const { port } = probe.address() as { port: number };
      await new Promise((resolve) => probe.close(resolve));
      const options = as(site, { token: site.token }, `https://127.0.0.1:${port}`);
      const { type, message, okToRetry } = await site.fails('has_vm', [vm], options);
      t.is(type, 'CloudError');
      t.regex(message, /could not be reached.*connection refused.*check the server/);
      t.false(okToRetry);
    },
    patient,
  );

  declare('an authority that did not sign the certificate', async (t, site) => {
    const stranger = createAuthority('somebody-else').cert;
    await disturbed(
      site,
      () => undefined,
      async (options) => {
        const { context } = options;
        const [cluster] = (context.kubeconfig as Site['kubeconfig']).clusters;
        const { type, message } = await site.fails(
          'has_vm',
          [vm],
          as(site, { token: site.token }, cluster?.cluster.server, stranger),
        );
        t.is(type, 'CloudError');
        t.regex(message, /not signed by an authority known here; set certificate-authority-data/);
      },
    );
  });

  declare('a token that is not accepted', async (t, site) => {
    const { type, message } = await site.fails('has_vm', [vm], as(site, { token: 'canary-not-a-token' }));
    t.is(type, 'CloudError');
    t.regex(message, /does not accept the credentials \(401\): renew/);
    t.notRegex(message, /canary-not-a-token/);
  });

  declare(
    'a client certificate that has expired',
    async (t, site) => {
      const day = 86_400_000;
      const { cert, key } = issueCertificate(createAuthority('old'), {
        commonName: 'bosh',
        notBefore: new Date(Date.now() - 2 * day),
        notAfter: new Date(Date.now() - day),
      });
      const data = (pem: string) => Buffer.from(pem).toString('base64');
      const user = { 'client-certificate-data': data(cert), 'client-key-data': data(key) };
      const { type, message } = await site.fails('has_vm', [vm], as(site, user));
      t.is(type, 'CloudError');
      t.regex(message, /\(401\): renew the token or client certificate|expired/);
    },
    { only: 'kubernetes' },
  );

  for (const [what, fault, expected] of [
    ['429', { kind: 'answer', status: 429, retryAfterSeconds: 1 }, /kept answering 429/],
    ['500', { kind: 'answer', status: 500 }, /kept answering 500/],
    ['503', { kind: 'answer', status: 503 }, /kept answering 503/],
    ['a closed connection', { kind: 'reset', when: 'before' }, /connection was closed/],
  ] as const) {
    declare(`${what} for a while is got over`, async (t, site) => {
      const rule: Rule = ({ number }) => (number <= 2 ? fault : undefined);
      await disturbed(site, rule, async (options) => {
        const { result, error, stderr } = await site.call('has_vm', [vm], options);
        t.is(error, null);
        t.is(result, false);
        t.regex(stderr, /\(attempt 3\)/, 'the log tells of every attempt');
      });
    });

    declare(
      `${what} for ever is told`,
      async (t, site) => {
        const rule: Rule = () => fault;
        await disturbed(site, rule, async (options) => {
          const { type, message, okToRetry } = await site.fails('has_vm', [vm], options);
          t.is(type, 'CloudError');
          t.regex(message, expected);
          t.false(okToRetry);
        });
      },
      patient,
    );
  }
});

contract('errors of rights and rules', (declare) => {
  declare('a missing right is named by verb, resource and Role', async (t, site, backend) => {
    const role = 'rbac.authorization.k8s.io/v1/roles/kubernetes-cpi';
    const { rules } = (await site.get<{ rules: { resources: string[]; verbs: string[] }[] }>(role)) ?? { rules: [] };
    const without = rules.map((rule) =>
      rule.resources.includes('pods') ? { ...rule, verbs: rule.verbs.filter((verb) => verb !== 'create') } : rule,
    );
    await patch(backend, site, role, { rules: without });
    const { type, message } = await site.fails('create_vm', vmArguments(backend));
    t.is(type, 'CloudError');
    t.regex(message, new RegExp(`missing right: create on pods: add it to the Role of namespace ${site.namespace}`));
    t.deepEqual(await site.objects(), []);
  });

  declare('an account without any rights', async (t, site, backend) => {
    await backend.admin.json({
      method: 'DELETE',
      path: pathIn(site.namespace, 'rbac.authorization.k8s.io/v1/rolebindings/kubernetes-cpi'),
    });
    const disk = `disk-${crypto.randomUUID()}`;
    for (const [method, args, right] of [
      ['has_vm', [vm], /missing right: get on (pods|secrets)/],
      ['has_disk', [disk], /missing right: get on persistentvolumeclaims/],
      ['delete_disk', [disk], /missing right: (get|list) on /],
      ['set_disk_metadata', [disk, {}], /missing right: patch on persistentvolumeclaims/],
      ['snapshot_disk', [disk, {}], /missing right: get on persistentvolumeclaims/],
    ] as const) {
      const { type, message } = await site.fails(method, args);
      t.is(type, 'CloudError');
      t.regex(message, right);
    }
  });

  declare('classes that may not be read are left to the cluster', async (t, site, backend) => {
    const path = `/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/kubernetes-cpi-${site.namespace}`;
    const binding = await backend.admin.json<{ roleRef: object; subjects: object[]; metadata: object }>({
      method: 'GET',
      path,
    });
    await backend.admin.json({ method: 'DELETE', path });
    const disk = await site.ok<string>('create_disk', [64, { storage_class: backend.classes.immediate }]);
    t.is((await site.claim(disk))?.spec?.storageClassName, backend.classes.immediate);
    const { roleRef, subjects } = binding;
    const body = { metadata: { name: `kubernetes-cpi-${site.namespace}` }, roleRef, subjects };
    await backend.admin.json({ method: 'POST', path: path.slice(0, path.lastIndexOf('/')), body });
  });

  declare('a full quota of pods: told, and nothing left', async (t, site, backend) => {
    await create(backend, site, 'resourcequotas', {
      metadata: { name: 'small' },
      spec: { hard: { 'count/pods': '0' } },
    });
    const { type, message, okToRetry } = await site.fails('create_vm', vmArguments(backend));
    t.is(type, 'VMCreationFailed');
    t.regex(message, /exceeded quota: small.*raise the ResourceQuota/);
    t.false(okToRetry, 'the same call cannot succeed');
    t.deepEqual(await site.objects(), []);
  });

  declare('a full quota of disks is NoDiskSpace', async (t, site, backend) => {
    const hard = { persistentvolumeclaims: '0' };
    await create(backend, site, 'resourcequotas', { metadata: { name: 'small' }, spec: { hard } });
    const { type, message } = await site.fails('create_disk', [64, {}]);
    t.is(type, 'NoDiskSpace');
    t.regex(message, /exceeded quota: small/);
  });

  for (const privileged of [true, false]) {
    declare(
      `a namespace that refuses machines ${privileged ? 'with' : 'without'} privileges: the command that changes it, and nothing left`,
      async (t, site, backend) => {
        const { type, message } = await site.fails('create_vm', vmArguments(backend, { properties: { privileged } }));
        t.is(type, 'CloudError');
        const violations = privileged
          ? /violates PodSecurity "baseline:latest": .*privileged \(container "bosh-job" must not set/
          : /"baseline:latest": forbidden AppArmor profile \(container "bosh-job" must not set AppArmor profile type to "Unconfined"\), non-default capabilities \(container "bosh-job" must not include .*"SYS_ADMIN"/;
        t.regex(message, violations);
        const command = `kubectl label namespace ${site.namespace} pod-security.kubernetes.io/enforce=privileged`;
        t.true(message.includes(command), message);
        t.deepEqual(await site.objects(), []);
      },
      { podSecurity: 'baseline' },
    );
  }

  declare(
    'a policy against privileged pods: its words, the exception to make, and a machine that needs none',
    async (t, site, backend) => {
      const rule = {
        apiVersion: 'admissionregistration.k8s.io/v1',
        metadata: { name: `privileged-${site.namespace}` },
      };
      const path = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolic';
      const rules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }];
      const expression =
        'object.spec.containers.all(c, !has(c.securityContext) || !has(c.securityContext.privileged) || !c.securityContext.privileged)';
      const validations = [{ expression, message: 'no privileged pods here' }];
      const spec = { matchConstraints: { resourceRules: rules }, validations };
      const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': site.namespace } };
      const binding = {
        policyName: rule.metadata.name,
        validationActions: ['Deny'],
        matchResources: { namespaceSelector },
      };
      await backend.admin.json({ method: 'POST', path: `${path}ies`, body: { ...rule, spec } });
      await backend.admin.json({ method: 'POST', path: `${path}ybindings`, body: { ...rule, spec: binding } });
      try {
        const securityContext = { privileged: true };
        const probe = {
          metadata: { name: 'probe' },
          spec: { containers: [{ name: 'a', image: 'a', securityContext }] },
        };
        const isLetIn = () =>
          backend.admin
            .json({ method: 'POST', path: pathIn(site.namespace, 'pods'), query: { dryRun: 'All' }, body: probe })
            .then(
              () => true,
              () => false,
            );
        // an API server learns of a policy within a second or so
        for (const until = Date.now() + 30_000; (await isLetIn()) && Date.now() < until; ) await sleep(200);
        const { type, message } = await site.fails('create_vm', vmArguments(backend));
        t.is(type, 'CloudError');
        t.regex(message, /no privileged pods here: make the policy except namespace .*privileged: false.*recreate/);
        t.true(message.includes(site.namespace));
        t.deepEqual(await site.objects(), []);
        // nor are attachments let in, which the CPI finds out by itself: the disk comes with a pod made anew
        const vm = await createVm(site, { properties: { privileged: false } });
        const disk = await site.ok<string>('create_disk', [64, {}, vm]);
        await site.ok('attach_disk', [vm, disk]);
        t.true((await site.pod(vm))?.spec?.volumes?.some(({ name }) => name === disk));
        await site.ok('delete_vm', [vm]);
        await site.ok('delete_disk', [disk]);
      } finally {
        for (const kind of ['ybindings', 'ies']) {
          await backend.admin.json({ method: 'DELETE', path: `${path}${kind}/${rule.metadata.name}` });
        }
      }
    },
    { only: 'kubernetes' },
  );

  declare("the machines' ServiceAccount is missing", async (t, site, backend) => {
    await backend.admin.json({ method: 'DELETE', path: pathIn(site.namespace, 'serviceaccounts/bosh-vm') });
    const { type, message } = await site.fails('create_vm', vmArguments(backend));
    t.is(type, 'VMCreationFailed');
    t.regex(message, /service account.*bosh-vm.*manifests\/rbac\.yml/);
    t.deepEqual(await site.objects(), []);
  });
});

contract('errors of machines and disks', (declare) => {
  declare('an object that the API server refuses: its words without the values', async (t, site, backend) => {
    const properties = { labels: { 'example.com/team': 'canary value that is no label' } };
    const { type, message, stderr } = await site.fails('create_vm', vmArguments(backend, { properties }));
    t.is(type, 'CloudError');
    t.regex(message, /metadata\.labels.*Invalid value.*<redacted>/);
    t.notRegex(`${message}${stderr}`, /canary value/);
    t.deepEqual(await site.objects(), []);
  });

  declare('no node that fits: the scheduler is quoted, a Director may try again', async (t, site, backend) => {
    const properties = { node_labels: { 'example.com/nowhere': 'true' } };
    const { type, message, okToRetry } = await site.fails('create_vm', vmArguments(backend, { properties }));
    t.is(type, 'VMCreationFailed');
    t.regex(message, /unschedulable: 0\/\d+ nodes are available/);
    t.true(okToRetry);
    t.deepEqual(await site.objects(), []);
  });

  declare('an image that cannot be pulled', async (t, site, backend) => {
    const args = vmArguments(backend, { image: 'registry.test/missing/stemcell:1' });
    const { type, message, okToRetry } = await site.fails('create_vm', args);
    t.is(type, 'VMCreationFailed');
    t.regex(message, /ImagePullBackOff: the image cannot be pulled: check the stemcell image.*missing/);
    t.false(okToRetry);
    t.deepEqual(await site.objects(), []);
  });

  declare('a stemcell CID that is no image', async (t, site, backend) => {
    const args = vmArguments(backend, { image: 'scl-0F/Not An Image' });
    const { type, message } = await site.fails('create_vm', args);
    t.true(type === 'VMCreationFailed' || type === 'CpiError' || type === 'CloudError', type);
    t.regex(message, /image/i);
    t.deepEqual(await site.objects(), []);
  });

  declare(
    'an agent that never comes up',
    async (t, site, backend) => {
      const args = vmArguments(backend, { image: 'registry.test/mute:1' });
      const { type, message, okToRetry, stderr } = await site.fails('create_vm', args);
      t.is(type, 'VMCreationFailed');
      t.regex(message, /not ready after 2 s: the agent is not up yet/);
      t.true(okToRetry);
      t.regex(stderr, /the agent is not up yet/, 'a wait tells its reason');
      t.deepEqual(await site.objects(), []);
    },
    { config: { timeouts: { create_vm: 2, delete_vm: 30 } } },
  );

  declare(
    'a pod that does not end',
    async (t, site, backend) => {
      const stuck = await createVm(site);
      await patch(backend, site, `pods/${stuck}`, { metadata: { finalizers: ['example.com/hold'] } });
      const { type, message } = await site.fails('delete_vm', [stuck]);
      t.is(type, 'CloudError');
      t.regex(message, new RegExp(`pod ${stuck} on \\S+ does not end.*out-of-service`));
      t.false(await site.ok('has_vm', [stuck]));
      await patch(backend, site, `pods/${stuck}`, { metadata: { finalizers: null } });
      await site.ok('delete_vm', [stuck]);
      t.deepEqual(await site.objects(), []);
    },
    { config: { timeouts: { delete_vm: 2 } } },
  );

  declare(
    'a disk that does not go',
    async (t, site, backend) => {
      const disk = await site.ok<string>('create_disk', [64, {}]);
      await patch(backend, site, `persistentvolumeclaims/${disk}`, { metadata: { finalizers: ['example.com/hold'] } });
      const { message } = await site.fails('delete_disk', [disk]);
      t.regex(message, /not gone after 1 s: finalizers .*example\.com\/hold/);
      t.false(await site.ok('has_disk', [disk]), 'it is on its way out');
      await patch(backend, site, `persistentvolumeclaims/${disk}`, { metadata: { finalizers: null } });
      await site.ok('delete_disk', [disk]);
    },
    { config: { timeouts: { delete_disk: 1 } } },
  );

  declare('a StorageClass that is not there lists the ones that are', async (t, site, backend) => {
    const { type, message } = await site.fails('create_disk', [64, { storage_class: 'no-such-class' }]);
    t.is(type, 'CloudError');
    t.regex(message, /storage_class: the cluster has no StorageClass/);
    t.true(message.includes(backend.classes.immediate), message);
    t.deepEqual(await site.objects(), []);
  });

  declare(
    'no default StorageClass: both ways out are named',
    async (t, site, backend) => {
      const key = 'storageclass.kubernetes.io/is-default-class';
      const path = '/apis/storage.k8s.io/v1/storageclasses';
      const { items } = await backend.admin.json<{ items: V1StorageClass[] }>({ method: 'GET', path });
      const defaults = items.filter(({ metadata }) => metadata?.annotations?.[key] === 'true');
      const mark = async (value: string) => {
        for (const { metadata } of defaults) {
          const body = { metadata: { annotations: { [key]: value } } };
          await backend.admin.json({ method: 'PATCH', path: `${path}/${metadata?.name}`, body });
        }
      };
      await mark('false');
      try {
        const { type, message } = await site.fails('create_disk', [64, {}]);
        t.is(type, 'CloudError');
        t.regex(message, /no default StorageClass: name one in cloud_properties\.storage_class.*kubectl annotate/);
        t.true(message.includes(backend.classes.immediate), message);
        t.deepEqual(await site.objects(), []);
      } finally {
        await mark('true');
      }
    },
    { config: { disks: {} } },
  );
});

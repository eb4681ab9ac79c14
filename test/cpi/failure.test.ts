import test from 'ava';
import { CloudError } from '../../src/bosh/cloud-error.ts';
import { describeFailure } from '../../src/cpi/failure.ts';
import { ApiError, UnreachableError } from '../../src/kubernetes/errors.ts';

const refusal = (status: number, message: string, over: Partial<ConstructorParameters<typeof ApiError>[0]> = {}) =>
  describeFailure(
    new ApiError({
      status,
      message,
      reason: 'X',
      verb: 'create',
      resource: 'pods',
      namespace: 'bosh',
      name: 'agent-1',
      ...over,
    }),
  );

test('a missing right is named by verb and resource, with the Role it belongs in', (t) => {
  const message =
    'pods is forbidden: User "system:serviceaccount:bosh:cpi" cannot create resource "pods" in API group "" in the namespace "bosh"';
  const failure = refusal(403, message);
  t.is(failure.type, 'CloudError');
  t.regex(failure.message, /missing right: create on pods.*Role of namespace bosh.*manifests\/rbac\.yml/);
});

test('a missing right on what belongs to no namespace asks for the ClusterRole', (t) => {
  const failure = describeFailure(
    new ApiError({
      status: 403,
      message: 'storageclasses is forbidden: User "x" cannot list resource "storageclasses"',
      reason: 'Forbidden',
      verb: 'list',
      resource: 'storageclasses',
    }),
  );
  t.regex(failure.message, /missing right: list on storageclasses.*ClusterRole/);
});

test('a full quota of disks is NoDiskSpace, of anything else a CloudError', (t) => {
  const message = 'x is forbidden: exceeded quota: small, requested: requests.storage=1Gi, used: 0, limited: 512Mi';
  t.is(refusal(403, message, { resource: 'persistentvolumeclaims' }).type, 'NoDiskSpace');
  t.is(refusal(403, message, { resource: 'secrets' }).type, 'CloudError');
  t.regex(refusal(403, message).message, /raise the ResourceQuota/);
});

test('Pod Security tells the command that lets machines in, and that no property spares it', (t) => {
  const { message } = refusal(403, 'pods "x" is forbidden: violates PodSecurity "baseline:latest": privileged');
  t.regex(message, /kubectl label namespace bosh pod-security\.kubernetes\.io\/enforce=privileged/);
  t.regex(message, /also those with cloud_properties\.privileged: false/);
});

for (const [author, status, said, remedy] of [
  [
    'a policy',
    422,
    "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no",
    /policy except namespace bosh/,
  ],
  ['a webhook', 400, 'admission webhook "deny.kyverno.svc" denied the request: no', /policy except namespace bosh/],
  [
    'the API server',
    422,
    'Pod "x" is invalid: spec.containers[0].securityContext.privileged: Forbidden: disallowed by cluster policy',
    /--allow-privileged/,
  ],
] as const) {
  test(`a pod that ${author} keeps out: what lets it in, and what does without privileges`, (t) => {
    const { message } = refusal(status, said);
    t.true(message.includes(said));
    t.regex(message, remedy);
    t.regex(message, /cloud_properties\.privileged: false.*disks\.attach: recreate/);
    t.notRegex(refusal(status, said, { resource: 'services' }).message, /privileged: false/);
  });
}

for (const [status, remedy] of [
  [401, /renew the token or client certificate/],
  [429, /429 \(too many requests\)/],
  [500, /kept answering 500/],
  [503, /kept answering 503/],
  [422, /create pods agent-1: said so/],
] as const) {
  test(`status ${status} says what it means`, (t) => t.regex(refusal(status, 'said so').message, remedy));
}

test('only what the CPI itself calls safe to repeat is ok_to_retry', (t) => {
  t.true(describeFailure(new CloudError('VMCreationFailed', 'x', { okToRetry: true })).okToRetry);
  for (const error of [
    new CloudError('VMCreationFailed', 'x'),
    new Error('x'),
    new UnreachableError('ECONNREFUSED', 'https://x', 'x'),
    'x',
    undefined,
    null,
  ]) {
    t.false(describeFailure(error).okToRetry);
  }
  t.false(refusal(503, 'x').okToRetry);
});

test('an error nobody thought of is a CpiError that asks to be reported', (t) => {
  t.like(describeFailure(new TypeError("Cannot read properties of undefined (reading 'x')")), { type: 'CpiError' });
  t.regex(describeFailure(new TypeError('boom')).message, /unexpected failure, please report it: TypeError: boom/);
});

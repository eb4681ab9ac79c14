import test from 'ava';
import fc from 'fast-check';
import { isAlreadyExists, isConflict, isForbidden, isGone, isNotFound } from '../../src/kubernetes/errors.ts';
import { statusError } from '../../src/kubernetes/status.ts';
import { failure } from './support/server.ts';

const operation = { verb: 'create', resource: 'pods', namespace: 'bosh' };

test('message, reason, details and causes are those of the Status', (t) => {
  const details = { name: 'a', kind: 'Pod', causes: [{ reason: 'FieldValueInvalid', field: 'spec.x' }] };
  const error = statusError(operation, 422, JSON.stringify(failure(422, 'Invalid', 'Pod "a" is invalid', details)));
  t.is(error.message, 'Pod "a" is invalid');
  t.is(error.reason, 'Invalid');
  t.is(error.status, 422);
  t.deepEqual(error.details?.causes?.[0], details.causes[0]);
  t.is(error.verb, 'create');
  t.is(error.resource, 'pods');
  t.is(error.namespace, 'bosh');
});

test('the two kinds of 409 are told apart', (t) => {
  const exists = statusError(operation, 409, JSON.stringify(failure(409, 'AlreadyExists', 'pods "a" already exists')));
  const conflict = statusError(
    operation,
    409,
    JSON.stringify(failure(409, 'Conflict', 'the object has been modified')),
  );
  t.true(isAlreadyExists(exists));
  t.false(isConflict(exists));
  t.true(isConflict(conflict));
  t.false(isAlreadyExists(conflict));
});

test('404, 403 and 410 have their predicates; other things are none of them', (t) => {
  t.true(isNotFound(statusError(operation, 404, '')));
  t.true(isForbidden(statusError(operation, 403, '')));
  t.true(isGone(statusError(operation, 410, '')));
  for (const other of [undefined, null, new Error('404'), { status: 404 }]) t.false(isNotFound(other));
});

test('Retry-After of the header wins over the one in the details', (t) => {
  const body = JSON.stringify(failure(429, 'TooManyRequests', 'slow down', { retryAfterSeconds: 9 }));
  t.is(statusError(operation, 429, body, 2).retryAfterSeconds, 2);
  t.is(statusError(operation, 429, body).retryAfterSeconds, 9);
});

test('any body makes an error with a message and a reason, and never carries the body', (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), fc.integer({ min: 300, max: 599 }), (body, status) => {
      const error = statusError(operation, status, body);
      return error.message !== '' && error.reason !== '' && error.status === status;
    }),
  );
  t.false(statusError(operation, 502, '<html>secret</html>').message.includes('secret'));
});

test('a redirect names where it leads to, without the path', (t) => {
  const error = statusError(operation, 302, '', undefined, 'https://login.example.com/auth?state=secret');
  t.is(
    error.message,
    'the server redirected create pods to https://login.example.com; check the server of the kubeconfig',
  );
});

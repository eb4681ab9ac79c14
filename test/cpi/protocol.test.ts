import test from 'ava';
import fc from 'fast-check';
import { CloudError } from '../../src/bosh/cloud-error.ts';
import { parseRequest } from '../../src/cpi/protocol.ts';

const request = { method: 'has_vm', arguments: ['agent-1'], context: { director_uuid: 'x' } };

for (const version of [undefined, 2, 3]) {
  test(`api_version ${version} is spoken`, (t) => {
    t.is(parseRequest(JSON.stringify({ ...request, api_version: version })).apiVersion, version);
  });
}

test('version 1 is for info alone, which is how the CLI asks first', (t) => {
  t.is(parseRequest(JSON.stringify({ method: 'info', arguments: [], context: {}, api_version: 1 })).method, 'info');
  const error = t.throws(() => parseRequest(JSON.stringify({ ...request, api_version: 1 })), {
    instanceOf: CloudError,
  });
  t.is(error.type, 'NotSupported');
});

for (const [what, text] of [
  ['nothing', ''],
  ['blanks', ' \n'],
  ['half a request', JSON.stringify(request).slice(0, 20)],
  ['two requests', JSON.stringify(request).repeat(2)],
  ['a list', '[]'],
  ['null', 'null'],
  ['no method', JSON.stringify({ ...request, method: undefined })],
  ['a method that is no text', JSON.stringify({ ...request, method: 7 })],
  ['arguments as an object', JSON.stringify({ ...request, arguments: {} })],
  ['no context', JSON.stringify({ ...request, context: undefined })],
  ['a context that is a list', JSON.stringify({ ...request, context: [] })],
  ['a version in words', JSON.stringify({ ...request, api_version: 'two' })],
] as const) {
  test(`${what} is a CpiError that names the part`, (t) => {
    const error = t.throws(() => parseRequest(text), { instanceOf: CloudError });
    t.is(error.type, 'CpiError');
    t.regex(error.message, /^request: \S+/);
  });
}

test('whatever comes in, the answer is a request or an error of ours that quotes none of it', (t) => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.json(),
        fc.string(),
        fc.json().map((text) => text.slice(1)),
      ),
      (text) => {
        try {
          parseRequest(text);
        } catch (error) {
          t.true(error instanceof CloudError);
          if (text.trim().length > 20) t.false((error as Error).message.includes(text.trim()));
        }
      },
    ),
    { numRuns: 500 },
  );
});

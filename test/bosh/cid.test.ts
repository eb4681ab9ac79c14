import test from 'ava';
import fc from 'fast-check';
import { formatCid, isObjectName, parseCid } from '../../src/bosh/cid.ts';
import { CloudError } from '../../src/bosh/cloud-error.ts';

const objectName = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?$/);

test('a CID gives back the context and the name it was made of, whatever the context is called', (t) => {
  fc.assert(
    fc.property(fc.option(fc.string({ minLength: 1 }), { nil: undefined }), objectName, (context, name) => {
      t.deepEqual(parseCid(formatCid({ context, name }), 'VM'), { context, name });
    }),
  );
});

test('the context of an EKS cluster is an ARN, which holds colons', (t) => {
  const context = 'arn:aws:eks:eu-central-1:123456789012:cluster/bosh';
  t.deepEqual(parseCid(`${context}:agent-1`, 'VM'), { context, name: 'agent-1' });
});

for (const text of [
  '',
  ':',
  ':agent-1',
  'prod:',
  'Agent-1',
  'a/b',
  '../secrets',
  'agent-1\n',
  'agent 1',
  '-a',
  'a..b',
  'x'.repeat(254),
]) {
  test(`no CID: ${JSON.stringify(text.slice(0, 20))}`, (t) => {
    const error = t.throws(() => parseCid(text, 'disk'), { instanceOf: CloudError });
    t.is(error.type, 'CpiError');
    t.true(error.message.includes('disk CID'), 'says what kind of CID it is about');
  });
}

test('what is accepted as a name can never leave its place in a path of the API', (t) => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      if (isObjectName(text)) t.is(encodeURIComponent(text), text);
    }),
    { numRuns: 1000 },
  );
});

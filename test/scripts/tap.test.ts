import test from 'ava';
import { type Outcome, tapReader } from '../tap.ts';

function outcomes(text: string): readonly Outcome[] {
  const found: Outcome[] = [];
  const read = tapReader((outcome) => found.push(outcome));
  for (const line of text.split('\n')) read(line);
  read(undefined);
  return found;
}

test('every point of the stream counts once, with its details', (t) => {
  const text = `TAP version 13
ok 1 - pod › is made
not ok 2 - pod › is gone
  ---
    name: AssertionError
    message: |-
      not ok 9 - part of a message
  ...
ok 3 - node › needs root # SKIP
not ok 4 - later # TODO
not ok 5 - broken.test.ts exited with a non-zero exit code: 1
ok 6 - a title with # SKIP inside

1..6
# fail 2`;
  t.deepEqual(
    outcomes(text).map(({ result, title }) => [result, title]),
    [
      ['passed', 'pod › is made'],
      ['failed', 'pod › is gone'],
      ['skipped', 'node › needs root'],
      ['skipped', 'later'],
      ['failed', 'broken.test.ts exited with a non-zero exit code: 1'],
      ['passed', 'a title with # SKIP inside'],
    ],
  );
  t.regex(outcomes(text)[1]?.details ?? '', /^not ok 2[\s\S]*part of a message/);
});

test('a stream that breaks off keeps what it had', (t) => {
  t.deepEqual(outcomes('ok 1 - a\nnot ok 2 - b\n  ---'), [
    { result: 'passed', title: 'a', details: 'ok 1 - a' },
    { result: 'failed', title: 'b', details: 'not ok 2 - b\n  ---' },
  ]);
});

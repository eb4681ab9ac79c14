import test from 'ava';
import { copySequence } from '../../src/tui/clipboard.ts';

test('a text goes to the clipboard of the operator, as base64 of UTF-8', (t) => {
  t.is(copySequence('agent-é'), `\x1b]52;c;${Buffer.from('agent-é').toString('base64')}\x07`);
});

test('what terminals would drop is not sent', (t) => {
  t.not(copySequence('x'.repeat(56_244)), undefined);
  t.is(copySequence('x'.repeat(56_247)), undefined);
});

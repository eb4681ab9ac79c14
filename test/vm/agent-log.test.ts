import test from 'ava';
import { agentExits } from '../../src/vm/agent-log.ts';

const life = (last: string) => `[main] 2026/11/23 04:00:00 DEBUG - Starting agent
[File System] 2026/11/23 04:00:00 DEBUG - Reading file /var/vcap/bosh/settings.json
[main] 2026/11/23 04:00:01 ERROR - ${last}
`;

test("an agent's exits are counted, and its last words kept", (t) => {
  const log =
    life('App setup Getting blobstore: no such provider') +
    life('Agent exited with error: Running bootstrap: Unexpected disk attached');
  t.deepEqual(agentExits(log), {
    count: 2,
    reason: 'Agent exited with error: Running bootstrap: Unexpected disk attached',
  });
});

test('a log without an exit says nothing', (t) => {
  t.is(agentExits(''), undefined);
  t.is(
    agentExits('[main] 2026/11/23 04:00:00 ERROR - Unmarshalling settings failed, trying the next source\n'),
    undefined,
  );
});

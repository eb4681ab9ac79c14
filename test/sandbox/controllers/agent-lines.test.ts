import test from 'ava';
import fc from 'fast-check';
import { agentLines } from '../../../src/sandbox/controllers/kubelet/agent-lines.ts';
import { createContainerLog, readLog } from '../../../src/sandbox/controllers/kubelet/container-log.ts';

const start = Date.UTC(2026, 0, 1);

test('an agent says the same whenever it is asked, however the time is cut', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 600_000 }), fc.array(fc.integer({ min: 0, max: 600_000 })), (end, cuts) => {
      const edges = [...new Set([0, ...cuts.filter((cut) => cut < end).sort((a, b) => a - b), end])];
      const parts = edges.slice(1).flatMap((until, index) => {
        return [...agentLines('agent-a', start, start + (edges[index] ?? 0), start + until)];
      });
      t.deepEqual(parts, [...agentLines('agent-a', start, start, start + end)]);
    }),
    { numRuns: 50 },
  );
});

test('the log of a month is no longer than what a runtime keeps', (t) => {
  const month = 30 * 24 * 3_600_000;
  const lines = [...agentLines('agent-a', start, Number.NEGATIVE_INFINITY, start + month)];
  t.true(lines.length > 900 && lines.length < 1_100, `${lines.length} lines`);
  t.true((lines.at(-1)?.at ?? 0) > start + month - 10_000);
});

test('a log that is followed after a tail goes on without a gap', async (t) => {
  const log = createContainerLog(undefined, start);
  for (const text of ['a', 'b', 'c']) log.append(text);
  let seen = '';
  const query = { follow: true, timestamps: false, tailLines: 1, since: undefined, limitBytes: undefined };
  await new Promise<void>((resolve) => {
    readLog(
      log,
      query,
      (line) => {
        seen += Buffer.from(line).toString();
      },
      resolve,
    );
    log.append('d');
    log.end();
  });
  t.is(seen, 'c\nd\n');
});

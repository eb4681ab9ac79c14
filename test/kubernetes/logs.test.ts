import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import { ApiError } from '../../src/kubernetes/errors.ts';
import { type LogLine, logLines } from '../../src/kubernetes/log-lines.ts';
import { logPosition } from '../../src/kubernetes/log-position.ts';
import { type FollowState, followLog, readLog } from '../../src/kubernetes/logs.ts';
import { answer, connectTo, failure, serve, targetAt } from './support/server.ts';

const place = { namespace: 'other', pod: 'agent-1', container: 'bosh-job' };

async function* pieces(...parts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part as string);
}

async function all(batches: AsyncIterable<readonly LogLine[]>): Promise<LogLine[]> {
  const found: LogLine[] = [];
  for await (const batch of batches) found.push(...batch);
  return found;
}

const at = (seconds: string) => `2026-11-23T07:00:${seconds}Z`;

test('lines are cut out of pieces, also within a character, and keep their time', async (t) => {
  const grün = Buffer.from('grün\n');
  const log = pieces(`${at('01.5')} one\n${at('02')}`, ' two\r\n\n', grün.subarray(0, 3), grün.subarray(3), 'rest');
  t.deepEqual(await all(logLines(log)), [
    { time: at('01.5'), text: 'one' },
    { time: at('02'), text: 'two' },
    { time: '', text: '' },
    { time: '', text: 'grün' },
    { time: '', text: 'rest' },
  ]);
});

test('a line without an end does not fill the memory', async (t) => {
  const collectGarbage = gc();
  let held = 0;
  async function* endless() {
    yield Buffer.from(`${at('01')} `);
    const before = process.memoryUsage().arrayBuffers;
    for (let piece = 0; piece < 1000; piece++) yield Buffer.alloc(65_536, 120);
    collectGarbage();
    held = process.memoryUsage().arrayBuffers - before;
    yield Buffer.from(`\n${at('02')} next\n`);
  }
  const [long, next] = await all(logLines(endless()));
  t.true((long?.text.length ?? 0) < 17_000 && long?.text.endsWith('x…'));
  t.is(next?.text, 'next');
  t.true(held < 10e6, `${held} bytes were held`);
});

function gc(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

const lines = (...times: readonly string[]): LogLine[] =>
  times.map((time, number) => ({ time: at(time), text: `${time} ${number}` }));

test('what was given of the last second is left out once, lines of equal time and from two streams included', (t) => {
  const position = logPosition();
  t.is(position.since, undefined);
  const given = lines('10.9', '11.2', '11.1', '11.2');
  t.is(position.take(given).length, 4);
  t.is(position.since, at('11'));
  position.restart();
  const again = [...given.slice(1), ...lines('11.2', '11.20', '11.3')];
  t.deepEqual(position.take(again).length, 3, 'two more of the same time, and one newer');
  position.restart();
  t.deepEqual(position.take(again), []);
});

test('a rotated file that lost old lines costs no new ones', (t) => {
  const position = logPosition();
  position.take(lines('11.1', '11.2', '11.3'));
  position.restart();
  const fresh = lines('11.4', '11.5');
  t.deepEqual(position.take([...lines('11.3'), ...fresh]), fresh);
});

test('a log as it stands, with what was asked for', async (t) => {
  const { url } = await serve(t, (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
    t.is(pathname, '/api/v1/namespaces/other/pods/agent-1/log');
    t.deepEqual(Object.fromEntries(searchParams), {
      container: 'bosh-job',
      timestamps: 'true',
      previous: 'true',
      tailLines: '5',
      sinceSeconds: '60',
    });
    response.end(`${at('01')} last words\n`);
  });
  const found = await all(readLog(connectTo(t, targetAt(url)), place, { previous: true, tail: 5, sinceSeconds: 60 }));
  t.deepEqual(found, [{ time: at('01'), text: 'last words' }]);
});

test('following goes on where it was left, over an end, a refusal, a break and a silence, each line once', async (t) => {
  const abort = new AbortController();
  const asked: URLSearchParams[] = [];
  const { url } = await serve(t, (request, response) => {
    asked.push(new URL(request.url ?? '', 'http://x').searchParams);
    switch (asked.length) {
      case 1:
        return answer(response, 400, failure(400, 'BadRequest', 'container "c" is waiting to start: ErrImagePull'));
      case 2:
        response.end(`${at('10.1')} a\n${at('11.1')} b\n`);
        return;
      case 3:
        response.write(`${at('11.1')} b\n${at('11.2')} c\n`, () => response.socket?.resetAndDestroy());
        return;
      case 4:
        return answer(response, 503, failure(503, 'ServiceUnavailable', 'restarting'));
      case 5:
        // dies without a word
        response.write(`${at('11.1')} b\n${at('11.2')} c\n${at('12.1')} d\n`);
        return;
      default:
        response.write(`${at('12.1')} d\n${at('12.2')} e\n`);
    }
  });
  const states: FollowState[] = [];
  const found: string[] = [];
  const followed = followLog(connectTo(t, targetAt(url)), place, {
    tail: 100,
    signal: abort.signal,
    silenceMs: 1_000,
    onState: (state) => states.push(state),
  });
  for await (const batch of followed) {
    found.push(...batch.map(({ text }) => text));
    if (found.includes('e')) abort.abort();
  }
  t.deepEqual(found, ['a', 'b', 'c', 'd', 'e']);
  t.deepEqual(
    asked.map((query) => [query.get('tailLines'), query.get('sinceTime')]),
    [
      ['100', null],
      ['100', null],
      [null, at('11')],
      [null, at('11')],
      [null, at('11')],
      [null, at('12')],
    ],
  );
  t.deepEqual(
    states.map((each) => (each.state === 'waiting' ? each.reason.replace(/.*waiting/, 'waiting') : each.state)),
    [
      'waiting to start: ErrImagePull',
      'following',
      'ended',
      'following',
      states[4]?.state === 'waiting' ? states[4].reason : '',
      'restarting',
      'following',
      'following',
    ],
  );
});

test('following ends when the pod is gone', async (t) => {
  const { url } = await serve(t, (_request, response) => answer(response, 404, failure(404, 'NotFound', 'no pod')));
  const followed = followLog(connectTo(t, targetAt(url)), place, { signal: new AbortController().signal });
  await t.throwsAsync(all(followed), { instanceOf: ApiError, message: 'no pod' });
});

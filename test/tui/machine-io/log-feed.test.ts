import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { type LogFeed, openLogFeed } from '../../../src/tui/machine-io/log-feed.ts';
import { connectTo, serve, targetAt } from '../../kubernetes/support/server.ts';

const place = { namespace: 'bosh', pod: 'agent-1', container: 'bosh-job' };

type Write = (text: string) => void;

/** A feed of a server whose answers are left open; `write` goes to all of them. */
async function feedOf(t: ExecutionContext, begin: string): Promise<{ feed: LogFeed; write: Write }> {
  const writers: Write[] = [];
  const { url } = await serve(t, (_request, response) => {
    response.write(begin);
    writers.push((text) => response.write(text));
  });
  const feed = openLogFeed(connectTo(t, targetAt(url)), place, 'container');
  t.teardown(feed.close);
  const write = (text: string) => {
    for (const writer of writers) writer(text);
  };
  return { feed, write };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

const stamp = '2026-11-23T07:00:00.5Z';
const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `${stamp} line ${from + index}\n`).join('');

test('the newest lines are kept, and it is told that older ones are gone', async (t) => {
  const { feed, write } = await feedOf(t, lines(0, 1_000));
  await until(() => feed.lines.length === 1_000);
  write(lines(1_000, 9_000));
  await until(() => feed.lines.at(-1)?.text === 'line 8999');
  t.is(feed.lines.length, 5_000);
  t.is(feed.lines[0]?.text, 'line 4000');
  t.is(feed.dropped, 4_000);
});

test('who reads what came before sees no line go, and gets what came meanwhile', async (t) => {
  const { feed, write } = await feedOf(t, lines(0, 100));
  await until(() => feed.lines.length === 100);
  feed.hold(true);
  write(lines(100, 60_000));
  await until(() => feed.lines.length >= 5_000);
  await sleep(50);
  t.is(feed.lines[0]?.text, 'line 0');
  t.true(feed.lines.length < 20_000, `${feed.lines.length} lines are held`);
  feed.hold(false);
  await until(() => feed.lines.at(-1)?.text === 'line 59999');
  t.is(feed.lines.length, 5_000);
});

test('while paused nothing comes, and nothing is lost', async (t) => {
  const { feed, write } = await feedOf(t, lines(0, 10));
  await until(() => feed.lines.length === 10);
  feed.pause(true);
  write(lines(10, 20));
  await until(() => feed.lines.length === 20);
  const seen = feed.lines.length;
  write(lines(20, 30));
  await sleep(50);
  t.is(feed.lines.length, seen, 'the batch that was under way is the last');
  feed.pause(false);
  await until(() => feed.lines.length === 30);
  t.is(feed.lines.at(-1)?.text, 'line 29');
});

test('nothing in a log steers the terminal', async (t) => {
  const nasty = '\x1b[2J\x1b]0;title\x07\x1b[31mred\x1b[0m\x1b]52;c;ZXZpbA==\x1b\\ \x9b5n\x07\tü\x1bc\x08';
  const { feed } = await feedOf(t, `${stamp} ${nasty}\n`);
  await until(() => feed.lines.length === 1);
  const text = feed.lines[0]?.text ?? '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
  t.notRegex(text, /[\x00-\x1f\x7f-\x9f]/);
  t.regex(text, /red.*ü/);
});

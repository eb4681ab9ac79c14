import { type ApiUnderTest, eventually } from './backends.ts';
import { podOf, startDoubles } from './doubles.ts';
import { onBoth } from './on-both.ts';

const bare = { nodes: [], storage: false } as const;

const podsOf = ({ namespace }: ApiUnderTest) => `/api/v1/namespaces/${namespace}/pods`;

async function log(api: ApiUnderTest, query: string, pod = 'p') {
  const { status, body } = await api.call({ method: 'GET', path: `${podsOf(api)}/${pod}/log?${query}` });
  return { status, lines: String(body.text ?? '').split('\n'), message: String(body.message) };
}

/** Makes a pod and waits for its phase. */
async function startPod(api: ApiUnderTest, name: string, phase: string, fields: Parameters<typeof podOf>[2] = {}) {
  await api.cluster.json({ method: 'POST', path: podsOf(api), body: podOf(api.namespace, name, fields) });
  await eventually(async () => {
    const { body } = await api.call({ method: 'GET', path: `${podsOf(api)}/${name}` });
    return (body.status as { phase?: string }).phase === phase;
  });
}

onBoth(
  'a log is cut as it is asked for',
  async (t, api) => {
    const { kubelet } = await startDoubles(api);
    await startPod(api, 'p', 'Running');
    for (const text of ['one', 'two', 'three']) kubelet.say(api.namespace, 'p', text);
    t.deepEqual((await log(api, 'tailLines=2')).lines, ['two', 'three', '']);
    t.deepEqual((await log(api, 'tailLines=0')).lines, ['']);
    t.deepEqual((await log(api, 'tailLines=99')).lines.slice(1), ['one', 'two', 'three', '']);
    t.deepEqual((await log(api, 'tailLines=1&limitBytes=3')).lines, ['thr']);
    t.is((await log(api, 'sinceSeconds=600')).lines.length, 5);
    t.deepEqual((await log(api, 'sinceTime=2100-01-01T00:00:00Z')).lines, ['']);
    const [timed = ''] = (await log(api, 'tailLines=1&timestamps=true')).lines;
    t.regex(timed, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z three$/);
    // sinceTime takes the line of that very moment, whose fraction the API server has cut off
    const since = await log(api, `sinceTime=${timed.slice(0, 19)}Z`);
    t.true(since.lines.includes('three'));
  },
  bare,
);

onBoth(
  'the log before a restart is there once',
  async (t, api) => {
    const { kubelet } = await startDoubles(api);
    await startPod(api, 'p', 'Running');
    const before = await log(api, 'previous=true');
    t.deepEqual(
      [before.status, before.message],
      [400, 'previous terminated container "bosh-job" in pod "p" not found'],
    );
    kubelet.say(api.namespace, 'p', 'last words');
    kubelet.kill(api.namespace, 'p');
    await eventually(async () => (await log(api, 'previous=true')).status === 200);
    t.is((await log(api, 'previous=true&tailLines=1')).lines[0], 'last words');
    t.false((await log(api, '')).lines.includes('last words'));
  },
  bare,
);

onBoth(
  'a followed log goes on as lines come, and ends with the container',
  async (t, api) => {
    const { kubelet } = await startDoubles(api);
    await startPod(api, 'p', 'Running');
    const body = await api.cluster.stream(`${podsOf(api)}/p/log?follow=true&tailLines=0`);
    let seen = '';
    kubelet.say(api.namespace, 'p', 'first');
    for await (const chunk of body) {
      seen += Buffer.from(chunk).toString();
      if (seen === 'first\n') kubelet.say(api.namespace, 'p', 'second');
      if (seen.endsWith('second\n')) kubelet.kill(api.namespace, 'p');
    }
    t.is(seen, 'first\nsecond\n');
  },
  bare,
);

onBoth(
  'why there is no log',
  async (t, api) => {
    await startDoubles(api, { retryMs: 50 });
    const path = podsOf(api);
    const containers = [
      { name: 'a', image: 'a:1' },
      { name: 'b', image: 'b:1' },
    ];
    const spec = { schedulerName: 'none', containers, initContainers: [{ name: 'i', image: 'i:1' }] };
    const unbound = { metadata: { name: 'unbound' }, spec: { automountServiceAccountToken: false, ...spec } };
    await api.cluster.json({ method: 'POST', path, body: unbound });
    await startPod(api, 'p', 'Pending', { image: 'missing:1' });
    const said = async (query: string, pod: string) => {
      const { status, message } = await log(api, query, pod);
      return `${status} ${message}`;
    };
    t.is(await said('container=i', 'unbound'), '204 undefined');
    t.is(await said('', 'unbound'), '400 a container name must be specified for pod unbound, choose one of: [i a b]');
    t.is(await said('container=x', 'unbound'), '400 container x is not valid for pod unbound');
    t.is(await said('', 'absent'), '404 pods "absent" not found');
    await eventually(async () => (await said('', 'p')).includes('trying and failing'));
    t.is(
      await said('', 'p'),
      '400 container "bosh-job" in pod "p" is waiting to start: trying and failing to pull image',
    );
    const invalid = (why: string) => `422 PodLogOptions "p" is invalid: ${why}`;
    t.is(await said('tailLines=-1', 'p'), invalid('tailLines: Invalid value: -1: must be greater than or equal to 0'));
    t.is(
      await said('tailLines=-1&sinceSeconds=0', 'p'),
      invalid(
        '[tailLines: Invalid value: -1: must be greater than or equal to 0, sinceSeconds: Invalid value: 0: must be greater than 0]',
      ),
    );
    t.is(
      await said('sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z', 'p'),
      invalid('[]: Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified'),
    );
    t.is(await said('tailLines=x', 'p'), '400 strconv.ParseInt: parsing "x": invalid syntax');
    t.regex(await said('sinceTime=soon', 'p'), /^400 parsing time "soon" as/);
    // as written by somebody who meant it: a word that is no truth is none
    t.is(await said('follow=maybe&container=i', 'unbound'), '204 undefined');
  },
  bare,
);

import { PassThrough } from 'node:stream';
import type { ExecutionContext } from 'ava';
import { channel, openSocket } from '../../../src/kubernetes/exec-socket.ts';
import { execTerminal } from '../../../src/kubernetes/exec-terminal.ts';
import { operationOf } from '../../../src/kubernetes/operation.ts';
import type { Kubelet } from '../../../src/sandbox/controllers/kubelet/kubelet.ts';
import { type ApiUnderTest, eventually } from './backends.ts';
import { podOf, startDoubles } from './doubles.ts';
import { onBoth } from './on-both.ts';

const bare = { nodes: [], storage: false } as const;

async function startPod(api: ApiUnderTest): Promise<Kubelet> {
  const { kubelet } = await startDoubles(api);
  const path = `/api/v1/namespaces/${api.namespace}/pods`;
  await api.cluster.json({ method: 'POST', path, body: podOf(api.namespace, 'p') });
  await eventually(async () => {
    const { body } = await api.call({ method: 'GET', path: `${path}/p` });
    return (body.status as { phase?: string }).phase === 'Running';
  });
  return kubelet;
}

/** An exec as the wire has it. v4 is what an API server passes on to a node as it is. */
async function openExec(api: ApiUnderTest, query: string) {
  const path = `/api/v1/namespaces/${api.namespace}/pods/p/exec?${query}`;
  const seen: Record<number, string> = {};
  const { promise: ended, resolve } = Promise.withResolvers<number>();
  const socket = await api.cluster.upgrade(path, 10_000, (upgrade) =>
    openSocket(upgrade, ['v4.channel.k8s.io'], operationOf('GET', path), api.cluster.server, (open) => {
      open.on('message', (data) => {
        const [to = 0, ...content] = data as Buffer;
        seen[to] = (seen[to] ?? '') + Buffer.from(content).toString();
      });
      open.on('close', resolve);
      return open;
    }),
  );
  return {
    ended,
    shown: (from: number) => seen[from] ?? '',
    send: (to: number, text: string) => socket.send(Buffer.concat([Buffer.of(to), Buffer.from(text)])),
    until: (text: string) => eventually(async () => (seen[channel.stdout] ?? '').includes(text), 10_000),
  };
}

/** Types into a terminal and says what it shows, `\r\n` and all. */
async function typeInto(t: ExecutionContext, api: ApiUnderTest): Promise<void> {
  const exec = await openExec(api, 'command=/bin/bash&stdin=true&stdout=true&tty=true');
  await exec.until('bosh/0:~# ');
  exec.send(channel.resize, '{"Width":101,"Height":37}');
  exec.send(channel.stdin, 'stty sizx\x7fe\r');
  await exec.until('37 101\r\n');
  exec.send(channel.stdin, 'half a line\x03');
  await exec.until('half a line^C\r\nbosh/0:~# ');
  exec.send(channel.stdin, 'sleep 600\rignored');
  exec.send(channel.stdin, '\x03');
  await exec.until('^C\r\nbosh/0:~# ');
  exec.send(channel.stdin, 'nonsense\r');
  await exec.until('bash: nonsense: command not found\r\n');
  exec.send(channel.stdin, 'tail -f /var/vcap/bosh/log/current\r');
  await exec.until('toy machine started\r\n');
  exec.send(channel.stdin, '\x03');
  exec.send(channel.stdin, 'exit 9\r');
  t.is(await exec.ended, 1000);
  t.true(exec.shown(channel.stdout).startsWith('bosh/0:~# stty sizx\b \be\r\n37 101\r\n'));
  t.false(exec.shown(channel.stdout).includes('ignored'));
  t.is(exec.shown(channel.stderr), '', 'a terminal has one output');
  t.like(JSON.parse(exec.shown(channel.status)), {
    status: 'Failure',
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: '9' }] },
  });
}

onBoth(
  'a terminal in a machine echoes, edits, knows its size and ends with an exit code',
  async (t, api) => {
    await startPod(api);
    await typeInto(t, api);
  },
  bare,
);

onBoth(
  'commands without a terminal keep their two outputs apart',
  async (t, api) => {
    await startPod(api);
    const query = new URLSearchParams({ stdout: 'true', stderr: 'true' });
    for (const word of ['/bin/bash', '-c', 'echo "a  b" ; cat /absent || echo no $?; hostname']) {
      query.append('command', word);
    }
    const exec = await openExec(api, String(query));
    t.is(await exec.ended, 1000);
    t.is(exec.shown(channel.stdout), 'a  b\nno 1\np\n');
    t.is(exec.shown(channel.stderr), 'cat: /absent: No such file or directory\n');
    t.like(JSON.parse(exec.shown(channel.status)), { status: 'Success' });
  },
  bare,
);

onBoth(
  "the agent's log is followed by a command of its own",
  async (t, api) => {
    const kubelet = await startPod(api);
    const query = new URLSearchParams({ stdin: 'true', stdout: 'true', tty: 'true' });
    const follow = 'f=/var/vcap/bosh/log/current; exec tail -n 1 -F $f';
    for (const word of ['/bin/sh', '-c', follow]) query.append('command', word);
    kubelet.say(api.namespace, 'p', 'before');
    const exec = await openExec(api, String(query));
    await exec.until('before\r\n');
    kubelet.say(api.namespace, 'p', 'after');
    await exec.until('before\r\nafter\r\n');
    kubelet.kill(api.namespace, 'p');
    t.is(await exec.ended, 1000);
  },
  bare,
);

onBoth(
  "the console's own client has a terminal in a machine",
  async (t, api) => {
    // A real API server speaks SPDY to the node for v5, which the double's node does not; test/machine has a real node.
    if (api.backend === 'real') {
      t.pass();
      return;
    }
    await startPod(api);
    const output = new PassThrough();
    let seen = '';
    output.on('data', (data: Buffer) => {
      seen += data.toString();
    });
    const place = { namespace: api.namespace, pod: 'p', container: 'bosh-job' };
    const session = await execTerminal(api.cluster, place, ['/bin/bash', '-l'], {
      size: { columns: 90, rows: 30 },
      output,
    });
    session.write('stty size\rexit 7\r');
    t.is(await session.ended, 7);
    t.regex(seen, /30 90\r\n/);
  },
  bare,
);

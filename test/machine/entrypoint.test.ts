import test from 'ava';
import { machine, whyNotContainers } from './container.ts';

const why = whyNotContainers();
// one after the other: each is many processes, and the watcher's tests wait for what they do
const onLinux = why === undefined ? test.serial : test.skip;
if (why !== undefined) test.skip(`the entrypoint in namespaces: ${why}`, (t) => t.pass());

const bosh = '/var/vcap/bosh';
const hint = (cid: string, path = `/mnt/${cid.split(':').at(-1)}`) =>
  `"${cid}":{"ID":"${cid}","DeviceID":"","VolumeID":"${path}","Path":"${path}","ISCSISettings":{"InitiatorName":""},"MountOptions":null}`;
const hints = (...cids: string[]) => `{${cids.map((cid) => hint(cid)).join(',')}}`;
const updateSettings = (...associated: string[]) =>
  JSON.stringify({
    blobstores: null,
    disk_associations: associated.length === 0 ? null : associated.map((cid, i) => ({ name: `n${i}`, cid })),
    mbus: { cert: { ca: 'x' }, urls: [] },
    trusted_certs: '',
  });

onLinux('the files of the kubelet are released, and keep their text', async (t) => {
  const { stdout, code } = await (await machine(t)).start(`
    cat /etc/hosts /etc/hostname /etc/resolv.conf
    grep -c ' /etc/' /proc/self/mountinfo
    for name in hosts hostname resolv.conf; do echo new > /etc/x && mv /etc/x /etc/$name && echo renamed; done`);
  t.is(code, 0);
  t.deepEqual(stdout.trim().split('\n'), [
    '10.88.0.9 agent-a1',
    'agent-a1',
    'search default.svc.cluster.local svc.cluster.local',
    'nameserver 10.96.0.10',
    '0',
    ...Array(3).fill('renamed'),
  ]);
});

onLinux(
  'a resolv.conf that is a link of the image becomes a file: what is behind the link comes and goes',
  async (t) => {
    const pod = await machine(t, {
      image: { 'run/resolvconf/resolv.conf': '' },
      links: { 'etc/resolv.conf': '/run/resolvconf/resolv.conf' },
    });
    const { stdout } = await pod.start(`[ -L /etc/resolv.conf ] || cat /etc/resolv.conf`);
    t.regex(stdout, /nameserver 10\.96\.0\.10/);
  },
);

onLinux('init gets a clean environment, the settings are private, the clock is left alone', async (t) => {
  const { stdout } = await (await machine(t, { given: { 'settings.json': '{"agent_id":"a7"}' } })).start(
    `env | cut -d= -f1 | grep -v '^\\(_\\|SHLVL\\|PWD\\)$'; stat -c %a ${bosh}/warden-cpi-agent-env.json
    cat ${bosh}/warden-cpi-agent-env.json; echo; tail -1 ${bosh}/bin/sync-time; mountpoint -q /var/vcap/data && echo disk`,
    { env: { KUBERNETES_SERVICE_HOST: '10.96.0.1', SECRET: 'x' } },
  );
  t.deepEqual(stdout.trim().split('\n'), ['PATH', '600', '{"agent_id":"a7"}', '# chronyc -a makestep', 'disk']);
});

onLinux(
  'what the machine wrote below /var/vcap is there after a restart; what belonged to the last life is not',
  async (t) => {
    const pod = await machine(t, { given: { 'update_settings.json': updateSettings() } });
    await pod.start(`
    echo mine > /var/vcap/data/x; echo '{"newer":1}' > ${bosh}/update_settings.json; echo log > ${bosh}/log/current
    mkdir -p /var/vcap/data/sys/run/job /var/vcap/data/sys/log; echo 17 > /var/vcap/data/sys/run/job/pid
    echo '{"Linux":{"hosts_configured":true}}' > ${bosh}/agent_state.json; echo kept > /var/vcap/data/sys/log/x`);
    const { stdout } = await pod.start(`
    cat /var/vcap/data/x ${bosh}/update_settings.json ${bosh}/log/current /var/vcap/data/sys/log/x
    ls ${bosh}/agent_state.json /var/vcap/data/sys/run 2> /dev/null; tail -1 ${bosh}/bin/sync-time`);
    t.deepEqual(stdout.trim().split('\n'), ['mine', '{"newer":1}', 'log', 'kept', '# chronyc -a makestep']);
  },
);

onLinux('a first copy that a kill cut short is made again', async (t) => {
  const pod = await machine(t, {
    volume: { '.copying/bosh/half': 'x', 'lost+found/x': '' },
    image: { 'var/vcap/bosh/whole': 'whole' },
  });
  const { stdout, code } = await pod.start(`ls ${bosh} /vcap -A`);
  t.is(code, 0);
  t.regex(stdout, /whole/);
  t.notRegex(stdout, /half|\.copying/);
});

onLinux('a new pod gets the saved state of the agent, with its owners and modes', async (t) => {
  const pod = await machine(t, {
    disks: ['disk-1'],
    given: {
      'update_settings.json': updateSettings(),
      'records.json': '{"version":3}',
      'persistent_disk_hints.json': hints('ctx:disk-1'),
      'managed_disk_settings.json': 'ctx:disk-1',
    },
  });
  const { stdout, stderr } = await pod.start(`
    cd ${bosh}; stat -c '%n %a %U:%G' update_settings.json /var/vcap/instance/dns/records.json /var/vcap/instance/dns
    cat update_settings.json /var/vcap/instance/dns/records.json persistent_disk_hints.json managed_disk_settings.json
    echo; cat /var/vcap/store/name`);
  t.deepEqual(stdout.trim().split('\n'), [
    'update_settings.json 600 root:root',
    '/var/vcap/instance/dns/records.json 640 root:vcap',
    '/var/vcap/instance/dns 755 root:root',
    `${updateSettings()}{"version":3}${hints('ctx:disk-1')}ctx:disk-1`,
    'disk-1',
  ]);
  t.regex(stderr, /disk ctx:disk-1 is the store/);
});

onLinux('names and certificates that the Director sent are there in a new container', async (t) => {
  const certificate = (text: string) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
  const records = {
    records: [
      ['10.0.0.1', 'db.bosh'],
      ['fd00::1', 'web.bosh'],
    ],
    version: 3,
    record_keys: ['id', 'ip'],
    record_infos: [
      ['0af1-22', '10.0.0.9'],
      ['1', '10.0.0.8', 'x'],
    ],
    aliases: { a: ['b', 'c'] },
  };
  const pod = await machine(t, {
    given: {
      'records.json': JSON.stringify(records),
      'update_settings.json': JSON.stringify({
        mbus: {},
        trusted_certs: `comment\n${certificate('one')}${certificate('two')}`,
      }),
    },
  });
  const seen = `grep bosh /etc/hosts; cat /proc/sys/kernel/hostname; cat ${bosh}/agent_state.json; echo; cd /usr/local/share/ca-certificates; for f in bosh-*; do echo $f; cat $f; done`;
  for (const start of ['first', 'second']) {
    const { stdout } = await pod.start(seen);
    t.deepEqual(
      stdout.trim().split('\n'),
      [
        ...['10.0.0.1 db.bosh', 'fd00::1 web.bosh', 'a1', '{"Linux":{"hosts_configured":true}}'],
        ...['bosh-trusted-cert-1.crt', ...certificate('one').trim().split('\n')],
        ...['bosh-trusted-cert-2.crt', ...certificate('two').trim().split('\n')],
      ],
      start,
    );
  }
});

interface DiskCase {
  readonly known: readonly string[];
  readonly last?: string;
  readonly associated?: readonly string[];
  readonly pod: readonly string[];
  readonly keeps: readonly string[];
  readonly associates?: readonly string[];
  readonly store?: string;
}

const diskCases: Readonly<Record<string, DiskCase>> = {
  'a first disk that nothing mounted yet': { known: ['disk-1'], pod: ['disk-1'], keeps: ['disk-1'] },
  'two disks: the one mounted last stays': {
    known: ['c:disk-1', 'c:disk-2'],
    last: 'c:disk-2',
    pod: ['disk-1', 'disk-2'],
    keeps: ['c:disk-2'],
    store: 'disk-2',
  },
  'two disks, none mounted: neither stays': { known: ['disk-1', 'disk-2'], pod: ['disk-1', 'disk-2'], keeps: [] },
  'a disk that left the pod takes its hint along': {
    known: ['disk-1', 'disk-2'],
    last: 'disk-1',
    pod: ['disk-1'],
    keeps: ['disk-1'],
    store: 'disk-1',
  },
  'the disk mounted last left the pod': { known: ['disk-1'], last: 'disk-1', pod: [], keeps: [] },
  'the disk mounted last is not known any more': { known: [], last: 'disk-1', pod: ['disk-1'], keeps: [] },
  'named disks may be many': {
    known: ['disk-1', 'disk-2'],
    associated: ['disk-1', 'disk-2'],
    pod: ['disk-1', 'disk-2'],
    keeps: ['disk-1', 'disk-2'],
    associates: ['disk-1', 'disk-2'],
  },
  'a third disk beside two named ones goes': {
    known: ['disk-1', 'disk-2', 'disk-3'],
    last: 'disk-3',
    associated: ['disk-1', 'disk-2'],
    pod: ['disk-1', 'disk-2', 'disk-3'],
    keeps: ['disk-1', 'disk-2'],
    associates: ['disk-1', 'disk-2'],
  },
  'the name of a detached disk goes': {
    known: ['disk-1', 'disk-2'],
    associated: ['disk-1', 'disk-2'],
    pod: ['disk-1'],
    keeps: ['disk-1'],
    associates: ['disk-1'],
  },
};

for (const [title, each] of Object.entries(diskCases)) {
  onLinux(`disks at the start: ${title}`, async (t) => {
    const pod = await machine(t, {
      disks: each.pod,
      given: {
        'persistent_disk_hints.json': hints(...each.known),
        'managed_disk_settings.json': each.last,
        'update_settings.json': updateSettings(...(each.associated ?? [])),
      },
    });
    const { stdout, stderr, code } = await pod.start(`
      cat ${bosh}/persistent_disk_hints.json; echo; cat ${bosh}/update_settings.json; echo
      cat /var/vcap/store/name 2> /dev/null; echo; cat ${bosh}/managed_disk_settings.json 2> /dev/null`);
    t.is(code, 0, stderr);
    const [left, update, store, last] = stdout.split('\n') as [string, string, string, string];
    t.deepEqual(JSON.parse(left), JSON.parse(hints(...each.keeps)));
    const named = (JSON.parse(update) as { disk_associations: { cid: string }[] | null }).disk_associations ?? [];
    t.deepEqual(
      named.map(({ cid }) => cid),
      each.associates ?? [],
    );
    t.is(store, each.store ?? '');
    // the agent stops at a last mounted disk it does not know
    t.is(last, each.store === undefined ? '' : (each.last ?? ''));
  });
}

onLinux('after a restart the store is bound again, also under two disks', async (t) => {
  const pod = await machine(t, { disks: ['disk-1', 'disk-2'] });
  await pod.start(`printf %s '${hints('disk-1', 'disk-2')}' > ${bosh}/persistent_disk_hints.json
    printf disk-1 > ${bosh}/managed_disk_settings.json`);
  const { stdout } = await pod.start('cat /var/vcap/store/name; grep -c " /var/vcap/store " /proc/self/mountinfo');
  t.deepEqual(stdout.split('\n').slice(0, 2), ['disk-11', '']);
});

onLinux('a disk that comes from outside is waited for', async (t) => {
  const pod = await machine(t, {
    disks: ['disk-1'],
    given: { 'persistent_disk_hints.json': hints('disk-1'), 'managed_disk_settings.json': 'disk-1' },
  });
  const late = await pod.start('cat /var/vcap/store/name', {
    hotplug: true,
    disks: [],
    env: { BOSH_CPI_DISK_WAIT: '1' },
  });
  t.is(late.code, 1);
  t.is(late.stdout, '');
  t.regex(late.stderr, /waiting for disk disk-1 at \/mnt\/disk-1 \(0s of 1s\)/);
  t.regex(late.stderr, /must not run on an empty store/);
  const there = await pod.start('cat /var/vcap/store/name', { hotplug: true });
  t.is(there.stdout, 'disk-1');
});

onLinux(
  'after a reboot of the node its folder is empty, and the store is there before init whichever pod is first',
  async (t) => {
    const pod = await machine(t, {
      disks: ['disk-1', 'disk-2'],
      given: { 'persistent_disk_hints.json': hints('c:disk-1'), 'managed_disk_settings.json': 'c:disk-1' },
    });
    const store = 'cat /var/vcap/store/name; grep -c " /var/vcap/store " /proc/self/mountinfo';
    const first = await pod.start(store, { hotplug: true });
    const late = await pod.start(store, { hotplug: true, disks: ['disk-2'], later: 'attach disk-1' });
    t.is(first.stdout, 'disk-11\n');
    t.is(late.stdout, 'disk-11\n');
    t.regex(late.stderr, /waiting for disk c:disk-1.*disk c:disk-1 is the store/s);
  },
);

onLinux('a disk that was detached keeps no machine down, also one that waits for it', async (t) => {
  const pod = await machine(t, { given: { 'persistent_disk_hints.json': hints('disk-1', 'disk-2') } });
  const down = await pod.start(`cat ${bosh}/persistent_disk_hints.json`, { hotplug: true });
  // two that nothing mounted are more than the agent starts with
  t.deepEqual({ code: down.code, stdout: down.stdout }, { code: 0, stdout: '{}' });

  await pod.start(`printf '%s' '${hints('disk-1')}' > ${bosh}/persistent_disk_hints.json
    printf disk-1 > ${bosh}/managed_disk_settings.json`);
  const later = 'rm "$folder/volume/vcap/bosh/managed_disk_settings.json"';
  const { code, stdout, stderr } = await pod.start('echo started', { hotplug: true, later });
  t.deepEqual({ code, stdout }, { code: 0, stdout: 'started\n' });
  t.regex(stderr, /disk disk-1 was detached: going on without it/);
});

onLinux('files of the agent that a crash cut short do not keep it down', async (t) => {
  const pod = await machine(t, { given: { 'update_settings.json': updateSettings() } });
  await pod.start(
    `cd ${bosh}; for name in spec settings update_settings persistent_disk_hints; do printf '{"a":"b' > $name.json; done`,
  );
  const { stdout, stderr, code } = await pod.start(`cd ${bosh}; ls *.json; cat update_settings.json`);
  t.is(code, 0);
  t.is(stdout, `update_settings.json\nwarden-cpi-agent-env.json\n${updateSettings()}`);
  t.regex(stderr, /spec\.json was cut short/);
});

onLinux('addresses promised to the machine are on lo, also at the second start', async (t) => {
  const pod = await machine(t);
  const env = { BOSH_CPI_ADDRESSES: '10.96.7.7/32 10.96.7.8/32 fd00:10:96::7/128' };
  const { stdout } = await pod.start('ip -o address show dev lo | grep -Eo "(10.96|fd00)[^ ]*"', { env });
  t.is(stdout, '10.96.7.7/32\n10.96.7.8/32\nfd00:10:96::7/128\n');
  const refused = await pod.start('echo started', { env: { BOSH_CPI_ADDRESSES: 'nonsense' } });
  t.is(refused.code, 1);
  t.regex(refused.stderr, /cannot put nonsense on lo/);
});

onLinux('a machine without settings does not start its init', async (t) => {
  const { code, stdout, stderr } = await (await machine(t, { given: { 'settings.json': undefined } })).start(
    'echo started',
  );
  t.is(code, 1);
  t.is(stdout, '');
  t.regex(stderr, /settings\.json is missing/);
});

onLinux('an image whose agent is a systemd unit gets systemd, without what reaches the node', async (t) => {
  const pod = await machine(t, {
    image: {
      'etc/systemd/system/bosh-agent.service': '[Service]\n',
      'etc/systemd/resolved.conf': '',
      'etc/sv/ssh/run': '',
      'etc/sv/agent/run': '',
      'etc/service/cron/run': '',
    },
  });
  const { stdout, code } = await pod.start(`
    echo "$0 $container"; ls /etc/sv; ls /etc/service; readlink /etc/systemd/system/systemd-udevd.service /etc/resolv.conf
    cat /etc/systemd/resolved.conf.d/*`);
  t.is(code, 0);
  t.deepEqual(stdout.trim().split('\n'), [
    '/sbin/init kubernetes',
    'agent',
    '/dev/null',
    '/run/systemd/resolve/stub-resolv.conf',
    '[Resolve]',
    'FallbackDNS=10.96.0.10 ',
    'Domains= default.svc.cluster.local svc.cluster.local',
  ]);
});

const refusal = '[NATS Handler] 2026/11/23 03:00:00 DEBUG - Connection Closed with: nats: Authorization Violation';
const natsSettings = '{"agent_id":"a1","mbus":"nats://10.0.0.1:4222"}';

// A process named as the agent, and a supervisor that starts it again and notes in /tmp/ends each time it ended.
const fakeAgent = `
  log=${bosh}/log/current
  touch /tmp/ends
  cp /usr/bin/sleep /tmp/bosh-agent
  ( while :; do /tmp/bosh-agent 60; echo ended >> /tmp/ends; done ) 2> /dev/null &
  # waits until the agent ended $1 times, and a moment longer for a time too many
  settle() { for _ in {1..50}; do [ "$(grep -c . /tmp/ends)" -lt "$1" ] || break; sleep 0.1; done; sleep 0.5; grep -c . /tmp/ends; }
`;

onLinux('an agent that NATS refused is ended once for each refusal, also after its log was rotated', async (t) => {
  const pod = await machine(t, { given: { 'settings.json': natsSettings } });
  const { stdout } = await pod.start(`
    ${fakeAgent}
    sleep 0.5
    echo '${refusal}' >> $log; settle 1
    echo '${refusal}' >> $log; settle 2
    mv $log $log.1; echo 'a line' > $log; sleep 0.5
    echo '${refusal.toLowerCase().replace('connection closed', 'Connection Closed')}' >> $log; settle 3
    echo '[Action Dispatcher] 2026/11/23 03:00:00 INFO - Received request with action ping' >> $log; sleep 1
    echo '${refusal}' >> $log; sleep 1; settle 3
    pgrep -fc 'entrypoint watch'; pgrep -xc tail; kill -KILL -1`);
  t.deepEqual(stdout.trim().split('\n'), ['1', '2', '3', '3', '0', '0']);
});

onLinux('refusals logged in an earlier life end no agent', async (t) => {
  const pod = await machine(t, { given: { 'settings.json': natsSettings } });
  await pod.start(`echo '${refusal}' > ${bosh}/log/current`);
  const { stdout } = await pod.start(`${fakeAgent} sleep 0.5; echo 'a line' >> $log; sleep 1; settle 0; kill -KILL -1`);
  t.is(stdout, '0\n');
});

onLinux('a refusal that is logged before the watcher is there ends the agent too', async (t) => {
  // bash reads this file before any script: the watcher begins as late as on a busy node
  const image = { late: '[ "$1" != watch ] || sleep 1\n' };
  const pod = await machine(t, { given: { 'settings.json': natsSettings }, image });
  const init = `${fakeAgent} sleep 0.2; echo '${refusal}' >> $log; settle 1; kill -KILL -1`;
  const { stdout } = await pod.start(init, { env: { BASH_ENV: '/late' } });
  t.is(stdout, '1\n');
});

onLinux('a machine whose message bus is https has no watcher', async (t) => {
  const pod = await machine(t, { given: { 'settings.json': '{"mbus":"https://u:p@0.0.0.0:6868"}' } });
  const { stdout } = await pod.start(`sleep 0.3; pgrep -fc 'entrypoint watch'`);
  t.is(stdout, '0\n');
});

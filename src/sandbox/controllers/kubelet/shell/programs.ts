import { chance } from '../../../random.ts';
import type { Machine, MachineFacts } from '../machine.ts';
import { type CommandResult, fail, findFile, say } from './command.ts';

type Program = (machine: Machine, args: readonly string[]) => CommandResult;

/** Folders that every machine has, whatever files are in it. */
const FOLDERS = [
  '/bosh-cpi',
  '/etc',
  '/root',
  '/tmp',
  '/var/vcap/bosh/log',
  '/var/vcap/data/jobs',
  '/var/vcap/jobs',
  '/var/vcap/monit',
  '/var/vcap/packages',
  '/var/vcap/store',
  '/var/vcap/sys/log',
  '/var/vcap/sys/run',
];

const programs: Readonly<Record<string, Program>> = {
  cat(machine, args) {
    const contents = args.map((path) => findFile(machine, path));
    const absent = args.find((_, index) => contents[index] === undefined);
    if (absent !== undefined) return fail(1, `cat: ${absent}: No such file or directory\n`);
    return say(Buffer.concat(contents.filter((content) => content !== undefined)));
  },
  date: () => say(`${new Date().toUTCString().replace('GMT', 'UTC')}\n`),
  df: (machine) => say(diskTable(machine.facts())),
  echo: (_machine, args) => say(`${args.join(' ')}\n`),
  false: () => fail(1, ''),
  hostname: (machine, args) => {
    const { hostname, address, promised } = machine.facts();
    return say(`${/^-[iI]$/.test(args[0] ?? '') ? [address, ...promised].join(' ') : hostname}\n`);
  },
  id: () => say('uid=0(root) gid=0(root) groups=0(root)\n'),
  ip: (machine) => say(interfaces(machine.facts())),
  ls: (machine, args) => list(machine, args),
  monit: (machine) => say(monitSummary(machine.facts())),
  // a toy agent that was ended comes up again, whatever kept it down; one that hangs takes notice of SIGKILL alone
  pkill: ({ files }, args) => {
    if (args.at(-1) !== 'bosh-agent') return fail(1, '');
    files.delete('/sandbox/agent-down');
    if (args.includes('-KILL')) files.delete('/sandbox/agent-silent');
    return fail(0, '');
  },
  ps: (machine) => say(processTable(machine.facts())),
  pwd: () => say('/root\n'),
  test: (machine, args) => fail(findFile(machine, args.at(-1) ?? '') === undefined ? 1 : 0, ''),
  true: () => fail(0, ''),
  uname: () => say('Linux\n'),
  uptime: (machine) => {
    const up = uptime(machine.facts().startedAt);
    return say(` ${new Date().toISOString().slice(11, 19)} up ${up},  1 user,  load average: 0.12, 0.10, 0.08\n`);
  },
  whoami: () => say('root\n'),
};

/** A program by the last part of its path. */
export function findProgram(name: string): Program | undefined {
  return Object.hasOwn(programs, name) ? programs[name] : undefined;
}

function list(machine: Machine, args: readonly string[]): CommandResult {
  const path = (args.find((word) => !word.startsWith('-')) ?? '/root').replace(/(?<=.)\/$/, '');
  if (findFile(machine, path) !== undefined) return say(`${path}\n`);
  const prefix = path === '/' ? '/' : `${path}/`;
  const all = [...FOLDERS, ...machine.facts().disks.map(({ mount }) => mount), ...machine.files.keys()];
  const below = [...all, ...machine.mounts.keys()].filter((one) => one.startsWith(prefix));
  if (below.length === 0 && !FOLDERS.includes(path)) {
    return fail(2, `ls: cannot access '${path}': No such file or directory\n`);
  }
  const names = [...new Set(below.map((one) => one.slice(prefix.length).split('/')[0] ?? ''))].sort();
  return say(names.length === 0 ? '' : `${names.join(args.some((word) => /^-.*[l1]/.test(word)) ? '\n' : '  ')}\n`);
}

function monitSummary({ hostname, processes, startedAt }: MachineFacts): string {
  const line = (kind: string, name: string) => `${`${kind} '${name}'`.padEnd(36)}running\n`;
  const lines = [...processes.map((name) => line('Process', name)), line('System', `system_${hostname}`)];
  return `The Monit daemon 5.2.5 uptime: ${uptime(startedAt)} \n\n${lines.join('')}`;
}

function processTable({ processes }: MachineFacts): string {
  const commands = [
    '/sbin/runit',
    'runsvdir -P /etc/service',
    '/var/vcap/bosh/bin/bosh-agent',
    '/var/vcap/bosh/bin/monit',
  ];
  const jobs = processes.map((name) => `/var/vcap/packages/${name}/bin/${name}`);
  const lines = [...commands, ...jobs].map((command, index) => {
    const cpu = (chance('cpu', command) * 2).toFixed(1).padStart(4);
    return `root ${String(1 + index * 17).padStart(7)} ${cpu}  ${(chance(command) * 4).toFixed(1)} ${command}\n`;
  });
  return `USER     PID %CPU %MEM COMMAND\n${lines.join('')}`;
}

function diskTable({ hostname, disks }: MachineFacts): string {
  const all = [
    { mount: '/', sizeGiB: 10 },
    { mount: '/var/vcap/data', sizeGiB: 10 },
    ...disks.map(({ sizeGiB }) => ({ mount: '/var/vcap/store', sizeGiB })),
    ...disks,
  ];
  const lines = all.map(({ mount, sizeGiB }, index) => {
    const used = Math.floor(sizeGiB * (0.1 + 0.8 * chance(hostname, mount)) * 10) / 10;
    const left = (sizeGiB - used).toFixed(1);
    const percent = `${Math.round((used / sizeGiB) * 100)}%`;
    const device = mount === '/' ? 'overlay' : `/dev/sd${'abcdefgh'[index]}`;
    return `${device.padEnd(12)} ${`${sizeGiB}G`.padStart(6)} ${`${used}G`.padStart(6)} ${`${left}G`.padStart(6)} ${percent.padStart(4)} ${mount}\n`;
  });
  return `Filesystem     Size   Used  Avail Use% Mounted on\n${lines.join('')}`;
}

function interfaces({ address, promised }: MachineFacts): string {
  const own = promised.map((one) => `    inet ${one}/32 scope global lo\n`).join('');
  return `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536\n    inet 127.0.0.1/8 scope host lo\n${own}2: eth0@if9: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500\n    inet ${address}/24 scope global eth0\n`;
}

function uptime(since: number): string {
  const minutes = Math.floor((Date.now() - since) / 60_000);
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor(minutes / 60) % 24;
  return `${days > 0 ? `${days}d ` : ''}${hours > 0 ? `${hours}h ` : ''}${minutes % 60}m`;
}

import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { run } from './command.ts';
import { type ProcessRecord, startOf } from './process.ts';

/** What of a machine a node could change and leave behind, each as lines that stay the same while nothing changes. */
export interface Machine {
  readonly links: readonly string[];
  readonly namespaces: readonly string[];
  readonly routes: readonly string[];
  readonly rules: readonly string[];
  readonly mounts: readonly string[];
  readonly settings: readonly string[];
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

/** Looks at interfaces, network namespaces, routes, packet filter rules, mounts and the settings of forwarding. */
export async function lookAtMachine(): Promise<Machine> {
  const links = await run('ip', ['-o', 'link', 'show']);
  const rules = await run('iptables-save', []).catch(() => '');
  const settings = ['net/ipv4/ip_forward', 'net/ipv4/conf/all/rp_filter', 'net/ipv4/conf/all/route_localnet'];
  return {
    links: lines(links).map((line) => line.split(': ')[1] ?? line),
    namespaces: existsSync('/run/netns') ? readdirSync('/run/netns') : [],
    routes: lines(await run('ip', ['route', 'show', 'table', 'all'])),
    rules: lines(rules).filter((line) => line.startsWith('-') || line.startsWith('*')),
    // Without the ids, which the kernel gives anew.
    mounts: lines(readFileSync('/proc/self/mountinfo', 'utf8')).map((line) => line.split(' ').slice(3, 6).join(' ')),
    settings: settings.map((name) => `${name}=${readFileSync(`/proc/sys/${name}`, 'utf8').trim()}`),
  };
}

/**
 * What is there now and was not before, or the other way round.
 * @param isForeign tells what others changed meanwhile
 */
export function differences(before: Machine, after: Machine, isForeign: (line: string) => boolean): string[] {
  return (Object.keys(before) as (keyof Machine)[]).flatMap((aspect) => {
    const added = after[aspect].filter((line) => !before[aspect].includes(line)).map((line) => `${aspect}: + ${line}`);
    const removed = before[aspect]
      .filter((line) => !after[aspect].includes(line))
      .map((line) => `${aspect}: - ${line}`);
    return [...added, ...removed].filter((line) => !isForeign(line));
  });
}

function processes(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}

/** A process and all that come from it: of a node's, every container, since orphans go to the node's PID 1. */
export function familyOf(pid: number): ProcessRecord[] {
  const members = new Set([pid]);
  const parents = processes().map((each) => [each, parentOf(each)] as const);
  for (let before = 0; before !== members.size; ) {
    before = members.size;
    for (const [each, parent] of parents) if (parent !== undefined && members.has(parent)) members.add(each);
  }
  return [...members].flatMap((each) => {
    const started = startOf(each);
    return started === undefined ? [] : [{ name: nameOf(each), pid: each, started }];
  });
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '?';
  }
}

/** The namespaces a process is in, such as `net:[4026532177]`. */
export function namespacesOf(pid: number): string[] {
  return ['net', 'mnt', 'pid', 'ipc'].flatMap((kind) => {
    try {
      return [readlinkSync(`/proc/${pid}/ns/${kind}`)];
    } catch {
      return [];
    }
  });
}

/** Every namespace some process of this machine is in. */
export function allNamespaces(): Set<string> {
  return new Set(processes().flatMap(namespacesOf));
}

import { readFileSync } from 'node:fs';
import test from 'ava';
import { startProgram } from '../terminal/program.ts';
import type { Terminal } from '../terminal/terminal.ts';

const onLinux = process.platform === 'linux' ? test.serial : test.serial.skip;

/** The processes a process has started. */
function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

function lives(pid: number): boolean {
  try {
    // one that ended and that nobody asked for yet is a zombie
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 200 && lives(pid); tries++) await new Promise((resolve) => setTimeout(resolve, 50));
  return !lives(pid);
}

/** Waits for the first machines; the process of the cluster. */
async function clusterOf(terminal: Terminal): Promise<number> {
  await terminal.waitFor(/DEMO[\s\S]*zookeeper\/0/, 90_000);
  const [cluster] = childrenOf(terminal.pid);
  if (cluster === undefined) throw new Error('the demo has no cluster');
  return cluster;
}

onLinux('the demo shows machines that are being deployed, and takes its cluster along when it is left', async (t) => {
  const { terminal } = await startProgram(t, ['demo', '--still']);
  const cluster = await clusterOf(terminal);
  t.true(lives(cluster));
  terminal.press('q');
  t.deepEqual(await terminal.exited, { code: 0, signal: undefined });
  t.true(await gone(cluster));
});

onLinux('a demo that is killed leaves no cluster behind', async (t) => {
  const { terminal } = await startProgram(t, ['demo', '--still']);
  const cluster = await clusterOf(terminal);
  terminal.kill('SIGKILL');
  await terminal.exited;
  t.true(await gone(cluster));
});

import { readFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second for every program (USER_HZ, proc_pid_stat(5)). */
const tickMs = 10;

/** Resident memory of a process in MB. */
export function residentMegabytes(pid: number): number {
  const [, kibibytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (Number(kibibytes) * 1024) / 1e6;
}

/** Processor time of all threads of a process so far, in milliseconds. */
export function processorMs(pid: number): number {
  // after the name, which may hold spaces: state is the third field, utime and stime the 14th and 15th
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

import type { Instance } from './model.ts';

/** What an agent measures of its machine: plausible, and the same each time. */
export function vitals({ id }: Instance, persistent: boolean): object {
  const number = Number.parseInt(id.slice(0, 6), 16);
  const tenths = (most: number) => ((number % (most * 10)) / 10).toFixed(1);
  const disk = (percent: number) => ({ inode_percent: String(Math.ceil(percent / 2)), percent: String(percent) });
  return {
    cpu: { sys: tenths(5), user: tenths(20), wait: tenths(1) },
    disk: {
      ephemeral: disk(5 + (number % 40)),
      ...(persistent && { persistent: disk(3 + (number % 60)) }),
      system: disk(30 + (number % 20)),
    },
    load: [0.9, 0.6, 0.4].map((factor) => (factor + (number % 100) / 200).toFixed(2)),
    mem: { kb: String(300_000 + (number % 900_000)), percent: String(10 + (number % 60)) },
    swap: { kb: '0', percent: '0' },
    uptime: { secs: 3_600 },
  };
}

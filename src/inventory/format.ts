/** What stands where there is nothing. */
export const nothing = '–';

/** A time span as kubectl writes it, in its one or two largest units. @param ms milliseconds */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (seconds < 120) return `${seconds}s`;
  if (minutes < 10) return `${minutes}m${optional(seconds % 60, 's')}`;
  if (hours < 3) return `${minutes}m`;
  if (hours < 8) return `${hours}h${optional(minutes % 60, 'm')}`;
  if (hours < 48) return `${hours}h`;
  return `${days}d`;
}

function optional(count: number, unit: string): string {
  return count === 0 ? '' : `${count}${unit}`;
}

const units: readonly string[] = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** Bytes as a quantity, e.g. `10Gi` or `1.5Gi`. */
export function formatSize(bytes: number | undefined): string {
  if (bytes === undefined) return nothing;
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${Number(value.toFixed(1))}${units[unit]}`;
}

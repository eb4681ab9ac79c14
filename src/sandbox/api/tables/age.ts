const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/**
 * How long ago something was, as Kubernetes shows it (apimachinery's duration.HumanDuration): two units at most, fewer
 * the longer it is.
 * @param since RFC 3339 time
 * @param now milliseconds since 1970
 */
export function age(since: unknown, now: number): string {
  if (typeof since !== 'string') return '<unknown>';
  const seconds = Math.trunc((now - Date.parse(since)) / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 2 * MINUTE) return `${Math.max(seconds, 0)}s`;
  if (seconds < 10 * MINUTE) return two(seconds, MINUTE, 'm', 1, 's');
  if (seconds < 3 * HOUR) return `${whole(seconds, MINUTE)}m`;
  if (seconds < 8 * HOUR) return two(seconds, HOUR, 'h', MINUTE, 'm');
  if (seconds < 2 * DAY) return `${whole(seconds, HOUR)}h`;
  if (seconds < 8 * DAY) return two(seconds, DAY, 'd', HOUR, 'h');
  if (seconds < 2 * YEAR) return `${whole(seconds, DAY)}d`;
  if (seconds < 8 * YEAR) return two(seconds, YEAR, 'y', DAY, 'd');
  return `${whole(seconds, YEAR)}y`;
}

function two(seconds: number, unit: number, name: string, rest: number, restName: string): string {
  const more = whole(seconds % unit, rest);
  return `${whole(seconds, unit)}${name}${more === 0 ? '' : `${more}${restName}`}`;
}

function whole(seconds: number, unit: number): number {
  return Math.trunc(seconds / unit);
}

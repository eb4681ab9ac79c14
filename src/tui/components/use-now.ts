import { useEffect, useState } from 'react';

/**
 * The time, in milliseconds since 1970, as often as asked and no oftener: nothing ticks but for an age that is on the screen.
 * @param interval milliseconds; undefined: never
 */
export function useNow(interval: number | undefined): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (interval === undefined) return;
    const timer = setInterval(() => setNow(Date.now()), interval);
    return () => clearInterval(timer);
  }, [interval]);
  return now;
}

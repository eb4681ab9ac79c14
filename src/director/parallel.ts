/** Runs a job for each, so many at a time; the first error ends it. */
export async function inParallel<T>(
  items: readonly T[],
  atOnce: number,
  job: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  async function work(): Promise<void> {
    for (const item of queue) await job(item);
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work));
}

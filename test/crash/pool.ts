/** Runs tasks side by side, at most `size` at once; every task is begun, and the first error is thrown when all have ended. */
export async function runAll(tasks: readonly (() => Promise<void>)[], size: number): Promise<void> {
  const queue = [...tasks];
  const errors: unknown[] = [];
  async function work(): Promise<void> {
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
      await task().catch((error: unknown) => errors.push(error));
    }
  }
  await Promise.all(Array.from({ length: size }, work));
  if (errors.length > 0) throw errors[0];
}

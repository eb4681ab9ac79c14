/** How many agents a Director talks to at a time; its `max_threads`. */
const AT_ONCE = 32;

/** Does something for each item, some at a time. */
export async function inTurns<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const work = async () => {
    for (const item of waiting) await act(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

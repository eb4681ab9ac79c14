/** How many agents and CPI methods run at a time: all are in this process, where more of them would only wait for each other. */
const AT_ONCE = 8;

/** Does something for each item, some at a time. */
export async function inTurns<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const work = async () => {
    for (const item of waiting) await act(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/**
 * First visible row of a list, so that the selected row is visible and no room is wasted. It moves no further than it must.
 * @param top where the window began before
 * @param selected index of the selected row
 * @param height rows of the window
 * @param length rows of the list
 */
export function windowTop(top: number, selected: number, height: number, length: number): number {
  const lowest = Math.max(0, length - height);
  const within = Math.min(Math.max(top, 0), lowest);
  if (height <= 0) return within;
  if (selected < within) return Math.max(0, selected);
  return selected >= within + height ? Math.min(lowest, selected - height + 1) : within;
}

/** Index within a list, whatever was asked for; 0 in an empty one. */
export function clampIndex(index: number, length: number): number {
  return Math.max(0, Math.min(index, length - 1));
}

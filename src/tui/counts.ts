import type { Inventory } from '../inventory/inventory.ts';
import type { Health } from '../inventory/model.ts';

/** How many machines and disks are in each health. */
export function healthCounts(inventory: Inventory): Readonly<Record<Health, number>> {
  const counts = { ok: 0, busy: 0, problem: 0 };
  for (const { health } of inventory.rows('machines').values()) counts[health]++;
  for (const { health } of inventory.rows('disks').values()) counts[health]++;
  return counts;
}

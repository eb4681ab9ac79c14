import { beginAction } from '../../tui/action.ts';
import type { Shell } from '../../tui/shell.ts';
import { siteOf } from '../actions/site.ts';
import { findingHere } from './finding-rows.ts';
import { repairs } from './repairs.ts';

/** Plans a repair of the finding on the screen, by its number from 0 on, and shows the plan. */
export async function beginRepair(shell: Shell, index: number): Promise<void> {
  const finding = findingHere(shell)?.finding;
  const name = finding?.repairs[index];
  if (finding === undefined || name === undefined) return;
  await beginAction(shell, {
    title: `${repairs[name].title}: ${finding.subject.label}`,
    finding: finding.id,
    plan: async () => (await import('../../actions/repair.ts')).planRepair(siteOf(shell), finding, name),
  });
}

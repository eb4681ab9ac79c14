import type { Row } from '../../inventory/model.ts';
import { findingsAbout } from '../../tui/findings.ts';
import { open } from '../../tui/history.ts';
import { ask } from '../../tui/mode.ts';
import type { Shell } from '../../tui/shell.ts';

/** Why there is no finding of a machine or disk to open. */
export function needsFinding({ store }: Shell, row: Row | undefined): string | undefined {
  if (row === undefined) return 'nothing is selected';
  return findingsAbout(store.getState(), row).length === 0 ? 'nothing is found about it' : undefined;
}

/** Opens what is found about a machine or disk; of several the operator chooses one. */
export function openFinding(shell: Shell, row: Row | undefined): void {
  const findings = row === undefined ? [] : findingsAbout(shell.store.getState(), row);
  const [only, ...others] = findings;
  if (only === undefined) return;
  if (others.length === 0) {
    open(shell, { view: 'finding', uid: only.id });
    return;
  }
  ask(
    shell,
    'Drift',
    findings.map(({ id, title, expected, actual }) => ({
      label: title,
      hint: `BOSH says ${expected}, Kubernetes has ${actual}`,
      run: () => open(shell, { view: 'finding', uid: id }),
    })),
  );
}

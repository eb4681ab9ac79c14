import { orphanedLabel } from '../../bosh/labels.ts';
import type { Finding } from '../../drift/model.ts';
import { formatAge } from '../../inventory/format.ts';
import type { Disk, Machine } from '../../inventory/model.ts';
import { severityRoles } from '../../tui/components/header.tsx';
import { findingsAbout } from '../../tui/findings.ts';
import type { Shell } from '../../tui/shell.ts';
import type { ShellState } from '../../tui/state.ts';
import type { RowNote } from '../../tui/view.ts';

/** A machine in which BOSH and Kubernetes differ; its addresses are marked where it is they. */
export function machineNote({ store }: Shell, row: Machine): RowNote | undefined {
  const found = findingsAbout(store.getState(), row);
  const note = noteOf(found);
  if (note === undefined) return undefined;
  const differs = row.address !== undefined && found.some(({ rule }) => rule === 'ip-differs');
  const cells: RowNote['cells'] = differs
    ? { promised_ip: { tone: 'busy' }, actual_ip: { text: `${row.address} ✗`, tone: 'problem' } }
    : {};
  return { ...note, cells };
}

/** A disk in which they differ, and what becomes of one that no machine has: who keeps it as an orphan, if anybody. */
export function diskNote({ store }: Shell, row: Disk): RowNote | undefined {
  const state = store.getState();
  const note = noteOf(findingsAbout(state, row));
  const kept = keeperOf(state, row);
  if (kept !== undefined) {
    const tone = row.orphan ? 'dim' : 'problem';
    return { mark: note?.mark, text: note?.text ?? kept, cells: { orphan: { text: 'orphan', tone } } };
  }
  if (!row.orphan || state.bosh?.director.state !== 'there') return note;
  // the disk of an instance that is detached is no orphan
  return { mark: note?.mark, text: note?.text, cells: { orphan: { text: 'unused', tone: 'busy' } } };
}

/** Who keeps a disk as an orphan, a sentence; undefined when nobody does. */
export function keeperOf({ bosh }: ShellState, { name, labels }: Disk): string | undefined {
  const orphans = bosh?.director.state === 'there' ? bosh.director.feed.view().orphanDisks : undefined;
  const kept = orphans?.find(({ cid }) => cid.replace(/^.*:/, '') === name);
  if (kept !== undefined) {
    const age = formatAge(Date.now() - kept.orphaned);
    return `an orphan of BOSH for ${age}, from ${kept.instance} of ${kept.deployment}`;
  }
  return labels[orphanedKey] === undefined ? undefined : 'an orphan on Kubernetes alone: an operator has set it aside';
}

/** The label without its prefix, as rows have it. */
const orphanedKey = orphanedLabel.replace(/^.*\//, '');

function noteOf(findings: readonly Finding[]): RowNote | undefined {
  const [worst] = findings;
  if (worst === undefined) return undefined;
  const others = findings.length === 1 ? '' : `, and ${findings.length - 1} more`;
  const { severity, title, expected, actual } = worst;
  return {
    mark: severityRoles[severity],
    text: `${title}: BOSH says ${expected}, Kubernetes has ${actual}${others}`,
    cells: {},
  };
}

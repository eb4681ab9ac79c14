import type { Finding } from '../../drift/model.ts';
import { formatAge } from '../../inventory/format.ts';
import type { Disk, Machine } from '../../inventory/model.ts';
import { severityRoles } from '../../tui/components/header.tsx';
import { findingsAbout } from '../../tui/findings.ts';
import type { Shell } from '../../tui/shell.ts';
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

/** A disk in which they differ, and what becomes of one that no machine has: whether BOSH keeps it as an orphan. */
export function diskNote({ store }: Shell, row: Disk): RowNote | undefined {
  const state = store.getState();
  const note = noteOf(findingsAbout(state, row));
  const director = state.bosh?.director;
  const orphans = director?.state === 'there' ? director.feed.view().orphanDisks : undefined;
  if (orphans === undefined) return note;
  const kept = orphans.find(({ cid }) => cid.replace(/^.*:/, '') === row.name);
  if (kept !== undefined) {
    const text = `an orphan of BOSH for ${formatAge(Date.now() - kept.orphaned)}, from ${kept.instance} of ${kept.deployment}`;
    const cells: RowNote['cells'] = { orphan: { text: 'orphan', tone: row.orphan ? 'dim' : 'problem' } };
    return { mark: note?.mark, text: note?.text ?? text, cells };
  }
  // BOSH keeps a disk of a stopped or detached instance, too
  return row.orphan
    ? { mark: note?.mark, text: note?.text, cells: { orphan: { text: 'unused', tone: 'busy' } } }
    : note;
}

function noteOf(findings: readonly Finding[]): RowNote | undefined {
  const [worst] = findings;
  if (worst === undefined) return undefined;
  const others = findings.length === 1 ? '' : `, and ${findings.length - 1} more`;
  const { severity, title, expected, actual } = worst;
  return {
    mark: severityRoles[severity],
    text: `${title}: BOSH says ${expected}, Kubernetes has ${actual}${others}; d shows it`,
    cells: {},
  };
}

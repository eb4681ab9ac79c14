import { hasContext } from './belief.ts';
import type { DirectorSide } from './director-side.ts';
import type { Moment } from './moment.ts';

/** What could not be known, a sentence each. @param isHere whether anything of the Director is in the cluster */
export function notesOn(
  { freshness, collections, view }: Moment,
  director: DirectorSide,
  isHere: boolean,
): readonly string[] {
  const notes: string[] = [];
  if (freshness.state !== 'live') {
    const why = freshness.state === 'syncing' ? 'it is still being read' : freshness.reason;
    notes.push(`Kubernetes is not up to date (${why}): nothing is compared until it is.`);
  }
  for (const { name, freshness: state } of collections) {
    if (state.state === 'failed')
      notes.push(`${name} could not be read, and what they tell is not known: ${state.reason}`);
  }
  return [...notes, ...directorNotes(view, director, isHere)];
}

function directorNotes(view: Moment['view'], director: DirectorSide, isHere: boolean): readonly string[] {
  const without =
    'whether BOSH knows a machine or disk, which addresses and disks it recorded and whether agents answer is not known';
  if (view === undefined) return [`No Director: ${without}.`];
  const { freshness, info, instances } = view;
  if (director.state() === 'none') {
    return [`The Director cannot be read (${'reason' in freshness ? freshness.reason : ''}): ${without}.`];
  }
  if (director.state() === 'frozen') {
    return [`What the Director says is not up to date: what concerns it is as it was when it was last heard.`];
  }
  const notes: string[] = [];
  if (director.belief()?.isWhole === false) {
    notes.push(
      `${info?.user ?? 'The user'} may not see all of the Director: what it does not show is not taken for unknown.`,
    );
  }
  if (director.scanned() === undefined && instances.length > 0) {
    const missing = new Set(instances.filter(({ scan }) => scan === undefined).map(({ deployment }) => deployment));
    const which =
      missing.size === 0
        ? 'Something was changed since agents were asked'
        : `Agents of ${some([...missing])} were not asked`;
    notes.push(`${which}: who has which disk and which agents answer is not known there, nor which claims nobody has.`);
  }
  const elsewhere = instances.filter(({ cid }) => hasContext(cid)).length;
  if (elsewhere > 0)
    notes.push(`${elsewhere} of the Director's VMs name a context: if they are not here, that is not told.`);
  if (!isHere && instances.some(({ cid }) => cid !== undefined)) {
    notes.push(`Nothing of ${info?.name ?? 'this Director'} is here: is this its cluster and namespace?`);
  }
  const busy = director.busy();
  const changing = busy.filter((name) => name !== '');
  if (changing.length > 0)
    notes.push(`${some(changing)} is being changed: nothing new is told of it until that is over.`);
  if (busy.includes(''))
    notes.push('Disks or VMs are being changed by a task: nothing new is told until that is over.');
  return notes;
}

function some(names: readonly string[]): string {
  const [first, second, third, ...more] = names.toSorted();
  const shown = [first, second, third].filter((name) => name !== undefined).join(', ');
  return more.length === 0 ? shown : `${shown} and ${more.length} more`;
}

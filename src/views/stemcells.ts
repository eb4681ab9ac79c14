import { open } from '../tui/history.ts';
import { selectedRow } from '../tui/rows.ts';
import { changeView } from '../tui/shell.ts';
import type { ViewDefinition } from '../tui/view.ts';

/** Images that machines run. */
export const stemcells: ViewDefinition = {
  name: 'stemcells',
  title: 'Stemcells',
  aliases: ['stemcell', 'images'],
  about: 'images in use, by how many, and pull errors',
  key: '4',
  table: 'stemcells',
  empty: {
    title: 'No machine runs a stemcell here yet.',
    advice: ['Stemcells are listed by the machines that run them; the Director knows those that none runs.'],
  },
  enter(shell) {
    const stemcell = selectedRow(shell, 'stemcells');
    if (stemcell === undefined) return;
    open(shell, { view: 'vms' });
    changeView(shell, { filter: stemcell.image, top: 0 });
  },
};

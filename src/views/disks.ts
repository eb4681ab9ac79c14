import type { Disk } from '../inventory/model.ts';
import type { ViewDefinition } from '../tui/view.ts';
import { diskActions } from './actions/disk-actions.ts';
import { diskCommands } from './details/disk-commands.ts';
import { diskNote } from './drift/row-note.ts';
import { openDetail } from './open-detail.ts';

/** Every BOSH persistent disk, and who has it. */
export const disks: ViewDefinition = {
  name: 'disks',
  title: 'Disks',
  aliases: ['disk', 'pvc', 'claims'],
  about: 'every persistent disk, and who has it',
  key: '3',
  table: 'disks',
  empty: {
    title: 'There is no BOSH disk here yet.',
    advice: [
      'A disk is a claim with the label bosh.cloudfoundry.org/disk-id; the Director makes one for each instance with a persistent disk.',
      'Another namespace: n   all of them: :ns all   another cluster: c',
    ],
  },
  commands: [...diskCommands, ...diskActions],
  note: (shell, row) => diskNote(shell, row as Disk),
  enter: (shell) => openDetail(shell, 'disk'),
};

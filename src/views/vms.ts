import type { Machine } from '../inventory/model.ts';
import type { ViewDefinition } from '../tui/view.ts';
import { machineActions } from './actions/machine-actions.ts';
import { machineCommands } from './details/machine-commands.ts';
import { machineNote } from './drift/row-note.ts';
import { openDetail } from './open-detail.ts';

/** Every BOSH VM: what it is, how it is, where it is. */
export const vms: ViewDefinition = {
  name: 'vms',
  title: 'VMs',
  aliases: ['vm', 'machines', 'pods', 'instances'],
  about: 'every BOSH machine',
  key: '2',
  table: 'machines',
  empty: {
    title: 'There is no BOSH machine here yet.',
    advice: [
      'A BOSH Director that uses this CPI makes them: each is a pod with the label bosh.cloudfoundry.org/agent-id.',
      'Another namespace: n   all of them: :ns all   another cluster: c',
      'To see the console at work, without a cluster: kubernetes-cpi demo',
    ],
  },
  commands: [...machineCommands, ...machineActions],
  note: (shell, row) => machineNote(shell, row as Machine),
  enter: (shell) => openDetail(shell, 'vm'),
};

import { readFileSync } from 'node:fs';

const read = (name: string) => readFileSync(new URL(`../../stemcell/${name}`, import.meta.url), 'utf8');

/** What a machine runs of ours, by its file's name under /bosh-cpi. The build puts the texts in the place of this module. */
export const machineScripts: Readonly<Record<'entrypoint' | 'agent-up' | 'reboot', string>> = {
  entrypoint: read('entrypoint'),
  'agent-up': read('agent-up'),
  reboot: read('reboot'),
};

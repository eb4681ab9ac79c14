import { readFileSync } from 'node:fs';

const read = (name: string) => readFileSync(new URL(`../../stemcell/${name}`, import.meta.url), 'utf8');

/** What a machine runs of ours, by its file's name under /bosh-cpi. The build puts the texts in the place of this module. */
export const machineScripts: Readonly<Record<'entrypoint' | 'agent-up' | 'reboot' | 'mount' | 'umount', string>> = {
  entrypoint: read('entrypoint'),
  'agent-up': read('agent-up'),
  reboot: read('reboot'),
  mount: read('mount'),
  umount: read('umount'),
};

/** What an attachment runs: `/bin/sh -c TEXT attachment hold VM CLAIM`, and by exec `release VM CLAIM` and `forget VM`. */
export const attachmentScript: string = read('attachment');

/** Takes a disk out of use in a machine, by exec: `/bin/bash -c TEXT release CLAIM`. */
export const releaseScript: string = read('release');

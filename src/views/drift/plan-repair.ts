import { type Planned, RefusedError } from '../../actions/model.ts';
import type { Finding, RepairName } from '../../drift/model.ts';
import type { Shell } from '../../tui/shell.ts';
import { siteOf } from './site.ts';

/** Plans a repair of a finding. @throws RefusedError */
export async function planRepair(shell: Shell, name: RepairName, { subject }: Finding): Promise<Planned> {
  if (name === 'orphan-disk') {
    return (await import('../../actions/disks/orphan.ts')).planOrphanDisk(siteOf(shell), subject);
  }
  throw new RefusedError('The console cannot do this', 'kubernetes-cpi drift says what is to be done');
}

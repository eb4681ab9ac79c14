import { attachedToLabel } from '../../bosh/labels.ts';
import { removeAttachment } from '../../disk/attach/attachments.ts';
import { converge, readPod } from '../../vm/converge.ts';
import { readRecord } from '../../vm/record.ts';
import { diskRights } from '../cpi-rights.ts';
import { requireQuiet } from '../director.ts';
import type { Draft, Step } from '../draft.ts';
import { type Planned, RefusedError } from '../model.ts';
import { prepare } from '../perform.ts';
import { type ActionSite, sessionOf } from '../site.ts';
import { type ActionSubject, podRef } from '../subject.ts';

/**
 * Removes the attachment of a disk: its mount first, then its pod. One that its machine still wants is made again.
 * @throws RefusedError
 */
export function planRemoveAttachment(site: ActionSite, subject: ActionSubject): Promise<Planned> {
  const { namespace, name, uid } = subject;
  return prepare(site, async (): Promise<Draft> => {
    if (site.director !== undefined && subject.deployment !== undefined) {
      await requireQuiet(site.director, subject.deployment);
    }
    const session = sessionOf(site, namespace);
    const pod = await readPod(session, name);
    const vm = pod?.metadata?.labels?.[attachedToLabel];
    if (pod === undefined || vm === undefined || (uid !== undefined && pod.metadata?.uid !== uid)) {
      throw new RefusedError(`There is no attachment ${name} any more`, 'Look again at what there is');
    }
    const claim = pod.spec?.volumes?.find(({ persistentVolumeClaim }) => persistentVolumeClaim)?.persistentVolumeClaim
      ?.claimName;
    const record = await readRecord(session, vm);
    const machine = await readPod(session, vm);
    const isWanted =
      record?.record.disks.some((disk) => disk.claim === claim) === true && record.record.phase !== 'deleting';
    const again: Step = {
      verb: 'CPI',
      object: vm,
      what: `attaches ${claim} anew, as its record asks`,
      async act(now) {
        await converge(now, vm);
        return undefined;
      },
    };
    const isGone = machine === undefined && record === undefined;
    return {
      action: 'remove-attachment',
      about: podRef({ namespace, name, uid: pod.metadata?.uid }),
      holds: [name, ...(claim === undefined ? [] : [claim])],
      event: 'AttachmentRemoved',
      plan: {
        title: `Remove attachment ${name}`,
        through: 'kubernetes',
        interrupts: isWanted ? `${vm} is without disk ${claim} until it is attached anew` : undefined,
        loses: undefined,
        confirm: isWanted ? vm : undefined,
        undo: undefined,
      },
      steps: [
        {
          verb: 'CPI',
          object: `pods/${name}`,
          what: `takes the mount of ${claim} off its node, then ends; where the disk is used, says by whom`,
          async act(acting) {
            const deadline = Date.now() + acting.timeouts.attach_disk * 1000;
            // of a machine that is gone its folder on the node goes too
            await removeAttachment(acting, vm, pod, deadline, isGone ? 'last' : undefined);
            return undefined;
          },
        },
        ...(isWanted ? [again] : []),
      ],
      needs: diskRights(namespace),
      async prove() {
        const now = await readPod(session, name);
        if (now?.metadata?.uid === pod.metadata?.uid) return { done: false, proof: [`${name} is still there`] };
        const made = now === undefined ? `${name} is gone` : `${name} was made anew`;
        return { done: isWanted ? now !== undefined : now === undefined, proof: [made] };
      },
    };
  });
}

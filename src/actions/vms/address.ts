import { addressAnnotation } from '../../bosh/labels.ts';
import { type Planned, RefusedError } from '../model.ts';
import { prepare } from '../perform.ts';
import { patchObject } from '../read.ts';
import { rights } from '../rights.ts';
import type { ActionSite } from '../site.ts';
import type { ActionSubject } from '../subject.ts';
import { type Pod, podPath, readVm } from './state.ts';

/** Writes the address that was promised to a machine, as its record has it, onto its pod again. @throws RefusedError */
export function planCorrectAddress(site: ActionSite, subject: ActionSubject): Promise<Planned> {
  return prepare(site, async () => {
    const { vm, namespace, label, pod, record, about } = await readVm(site, subject);
    const promised = record?.record.pod.metadata.annotations?.[addressAnnotation];
    if (pod === undefined || promised === undefined) {
      throw new RefusedError(
        pod === undefined ? `VM ${vm} has no pod` : `No address was promised to VM ${vm}, by its record`,
        'Finish the VM, or recreate its instance, instead',
      );
    }
    const path = podPath(namespace, vm);
    const now = pod.metadata.annotations?.[addressAnnotation];
    return {
      action: 'correct-address',
      about,
      event: 'AddressCorrected',
      plan: {
        title: `Correct the address of ${label}`,
        through: 'kubernetes',
        interrupts: undefined,
        loses: undefined,
        confirm: undefined,
        undo: undefined,
      },
      steps:
        now === promised
          ? []
          : [
              {
                verb: 'PATCH',
                object: `pods/${vm}`,
                what: `annotation ${addressAnnotation} becomes ${promised}, not ${now ?? 'none'}; no address changes`,
                async act({ cluster }) {
                  const same = (found: Pod) => found.metadata.annotations?.[addressAnnotation] === now;
                  const metadata = { annotations: { [addressAnnotation]: promised } };
                  await patchObject<Pod>(cluster, path, pod, same, { metadata });
                  return undefined;
                },
              },
            ],
      needs: rights(namespace, { pods: 'get patch', secrets: 'get' }),
      async prove() {
        const after = (await readVm(site, subject)).pod?.metadata.annotations?.[addressAnnotation];
        return { done: after === promised, proof: [`The pod of ${label} says ${after ?? 'no address'}`] };
      },
    };
  });
}

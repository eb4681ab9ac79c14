import { agentIdLabel } from '../../bosh/labels.ts';
import { requireQuiet } from '../director.ts';
import { type Planned, RefusedError } from '../model.ts';
import { prepare } from '../perform.ts';
import { type Kubernetes, patchObject, readObject } from '../read.ts';
import { rights } from '../rights.ts';
import type { ActionSite } from '../site.ts';
import type { ActionSubject } from '../subject.ts';

interface Service extends Kubernetes {
  readonly spec?: { readonly selector?: Readonly<Record<string, string>>; readonly publishNotReadyAddresses?: boolean };
}

/** Gives the Service of a machine back what it leads to the machine by: its selector, and addresses that are not Ready yet. @throws RefusedError */
export function planMendService(site: ActionSite, subject: ActionSubject): Promise<Planned> {
  const { namespace, name } = subject;
  const path = `/api/v1/namespaces/${namespace}/services/${name}`;
  return prepare(site, async () => {
    if (site.director !== undefined && subject.deployment !== undefined) {
      await requireQuiet(site.director, subject.deployment);
    }
    const service = await readObject<Service>(site.cluster, path);
    const agentId = service?.metadata.labels?.[agentIdLabel];
    if (service === undefined || agentId === undefined) {
      throw new RefusedError(
        service === undefined
          ? `There is no Service ${name} in namespace ${namespace}`
          : `Service ${name} is of no single machine, so its selector is not known`,
        'Recreate the instance: the CPI makes its Services anew',
      );
    }
    const selector = service.spec?.selector ?? {};
    const wrong = Object.keys(selector).filter((key) => key !== agentIdLabel);
    const change = {
      selector: { ...Object.fromEntries(wrong.map((key) => [key, null])), [agentIdLabel]: agentId },
      publishNotReadyAddresses: true,
    };
    const before = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
    return {
      action: 'mend-service',
      about: { apiVersion: 'v1', kind: 'Service', namespace, name, uid: service.metadata.uid },
      event: 'ServiceMended',
      plan: {
        title: `Mend Service ${name}`,
        through: 'kubernetes',
        interrupts: undefined,
        loses: undefined,
        confirm: undefined,
        undo: undefined,
      },
      steps: isMended(service, agentId)
        ? []
        : [
            {
              verb: 'PATCH',
              object: `services/${name}`,
              what: `selects ${agentIdLabel}=${agentId} again${before.length === 0 ? '' : `, not ${before.join(',')}`}; its addresses stay`,
              async act({ cluster }) {
                const same = (now: Service) =>
                  JSON.stringify(now.spec?.selector) === JSON.stringify(service.spec?.selector);
                await patchObject<Service>(cluster, path, service, same, { spec: change });
                return undefined;
              },
            },
          ],
      needs: rights(namespace, { services: 'get patch' }),
      async prove() {
        const now = await readObject<Service>(site.cluster, path);
        const mended = now !== undefined && isMended(now, agentId);
        const told = Object.entries(now?.spec?.selector ?? {}).map(([key, value]) => `${key}=${value}`);
        return { done: mended, proof: [`Service ${name} selects ${told.join(',') || 'nothing'}`] };
      },
    };
  });
}

function isMended({ spec }: Service, agentId: string): boolean {
  const selector = spec?.selector ?? {};
  const right = Object.keys(selector).length === 1 && selector[agentIdLabel] === agentId;
  return right && spec?.publishNotReadyAddresses === true;
}

import type { V1PodStatus } from '@kubernetes/client-node/dist/gen/models/V1PodStatus.js';
import { agentContainer, attachedToLabel } from '../../bosh/labels.ts';
import { type ApiObject, view } from '../../sandbox/api/object.ts';
import { resource } from '../../sandbox/api/resources.ts';
import type { AgentAnswer } from '../../sandbox/director/backend.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';

const PODS = resource('', 'pods');

/** The agents of the machines in a namespace, as far as a Director talks to them. */
export interface Agents {
  ask(vm: string): Promise<AgentAnswer | undefined>;
  /** Has an agent not answer until it, or its machine, is started again. */
  silence(vm: string): void;
}

/** In a machine whose agent hangs: which start of the machine that was. Ending the toy agent removes it. */
const SILENT = '/sandbox/agent-silent';

/** An agent answers while its machine runs, and has mounted what attachments brought to it. */
export function createAgents(sandbox: Sandbox, namespace: string): Agents {
  const { store } = sandbox.api;
  const mounted = new Map<string, Set<string>>();
  const attachment = ({ metadata }: ApiObject) => metadata.labels?.[attachedToLabel];

  store.subscribe(({ resource: { plural }, type, object }) => {
    const vm = plural === 'pods' ? attachment(object) : undefined;
    if (vm === undefined) return;
    const disk = object.metadata.name.replace('attachment-', '');
    const disks = mounted.get(vm) ?? new Set();
    mounted.set(vm, disks);
    if (type !== 'DELETED' && object.metadata.deletionTimestamp === undefined && object.status?.phase === 'Running') {
      disks.add(disk);
    } else disks.delete(disk);
  });

  function running(vm: string): { readonly start: string; readonly life: string; readonly ip: string } | undefined {
    const pod = store.get(PODS, namespace, vm);
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) return undefined;
    const { podIP, containerStatuses = [] } = view<V1PodStatus>(pod.status ?? {});
    const container = containerStatuses.find(({ name }) => name === agentContainer);
    if (podIP === undefined || container?.ready !== true) return undefined;
    const { uid } = pod.metadata;
    return { ip: podIP, life: uid, start: `${uid} ${container.restartCount}` };
  }

  return {
    async ask(vm) {
      const machine = running(vm);
      const node = sandbox.nodes.find((one) => one.runs(namespace, vm));
      // a node may not have heard of its new pod yet
      if (machine === undefined || node === undefined) return undefined;
      if (node.read(namespace, vm, SILENT) === machine.start) return undefined;
      return { ips: [machine.ip], disks: [...(mounted.get(vm) ?? [])], life: machine.life };
    },
    silence(vm) {
      const machine = running(vm);
      if (machine !== undefined) sandbox.plant(vm, SILENT, machine.start, namespace);
    },
  };
}

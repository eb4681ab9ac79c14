import { randomUUID } from 'node:crypto';
import { setImmediate as pause } from 'node:timers/promises';
import { agentIdLabel, metadataAnnotation } from '../../bosh/labels.ts';
import type { ApiObject } from '../../sandbox/api/object.ts';
import { resource } from '../../sandbox/api/resources.ts';
import type { Store } from '../../sandbox/api/store.ts';
import type { Deployed } from './deploy.ts';
import type { Machine } from './director.ts';
import type { DemoNode } from './nodes.ts';
import { uuid } from './plan.ts';

const PODS = resource('', 'pods');
const SECRETS = resource('', 'secrets');
const SERVICES = resource('', 'services');
const CLAIMS = resource('', 'persistentvolumeclaims');
const VOLUMES = resource('', 'persistentvolumes');

/** How many machines are made before others get a turn. */
const AT_ONCE = 50;
/** Instance groups of a big foundation go on counting from here. */
const FIRST_INDEX = 100;

/**
 * Makes a foundation as big as wanted with copies of its machines, put straight into the store: what the CPI made, under
 * other names. The director does not know of them.
 */
export async function grow(
  store: Store,
  nodes: readonly DemoNode[],
  deployed: Deployed,
  machines: number,
): Promise<void> {
  const missing = machines - deployed.length;
  for (let count = 0; count < missing; count++) {
    const original = deployed[count % deployed.length];
    if (original !== undefined) copyMachine(store, nodes, original, count, Math.floor(count / deployed.length));
    if (count % AT_ONCE === 0) await pause();
  }
}

function copyMachine(
  store: Store,
  nodes: readonly DemoNode[],
  { vm, disk, instance }: Machine,
  count: number,
  round: number,
): void {
  const namespace = 'bosh';
  const pod = store.get(PODS, namespace, vm);
  const secret = store.get(SECRETS, namespace, vm);
  const agentId = pod?.metadata.labels?.[agentIdLabel];
  if (pod === undefined || secret === undefined || agentId === undefined) return;
  const near = nodes.filter(({ zone }) => zone === instance.zone);
  const node = near[count % near.length] as DemoNode;
  const names: Record<string, string> = {
    [agentId]: uuid('fleet', count),
    [instance.id]: uuid('fleet instance', count),
    [instance.address]: `10.96.${128 + Math.floor(count / 250)}.${2 + (count % 250)}`,
    [String(pod.spec?.nodeName)]: node.name,
    [String(pod.status?.podIP)]: `${node.podNetwork}.${128 + Math.floor(count / 250)}.${2 + (count % 250)}`,
    [pod.metadata.uid]: randomUUID(),
    // the record owns the Services
    [secret.metadata.uid]: randomUUID(),
  };
  const claim = disk === undefined ? undefined : store.get(CLAIMS, namespace, disk);
  if (disk !== undefined && claim !== undefined) {
    names[disk] = `disk-${uuid('fleet disk', count)}`;
    names[claim.metadata.uid] = randomUUID();
  }
  const renamed = renamer(names, FIRST_INDEX + round * instance.group.instances + instance.index);
  // scripts of some ten kilobytes that all machines have in common are not copied
  const { data, ...rest } = secret;
  store.put(SECRETS, { ...renamed(rest as ApiObject), data });
  const service = store.get(SERVICES, namespace, `${vm}-default`);
  if (service !== undefined) store.put(SERVICES, renamed(service));
  const volume = claim && store.get(VOLUMES, '', String(claim.spec?.volumeName));
  if (volume !== undefined) store.put(VOLUMES, renamed(volume));
  if (claim !== undefined) store.put(CLAIMS, renamed(claim));
  store.put(PODS, renamed(pod));
  const attachment = store.get(PODS, namespace, `attachment-${disk}`);
  if (attachment !== undefined) store.put(PODS, renamed(attachment));
}

/** Copies objects with other names, a UID of their own and the instance's index. */
function renamer(names: Readonly<Record<string, string>>, index: number): (object: ApiObject) => ApiObject {
  const olds = Object.keys(names).sort((a, b) => b.length - a.length);
  const pattern = new RegExp(olds.map((old) => old.replaceAll('.', '\\.')).join('|'), 'g');
  return (object) => {
    const copy = JSON.parse(JSON.stringify(object).replace(pattern, (old) => names[old] ?? old)) as ApiObject;
    const { metadata } = copy;
    if (metadata.uid === object.metadata.uid) metadata.uid = randomUUID();
    const told = metadata.annotations?.[metadataAnnotation];
    if (told !== undefined && metadata.annotations !== undefined) {
      const key = object.kind === 'Pod' ? 'index' : 'instance_index';
      metadata.annotations[metadataAnnotation] = JSON.stringify({ ...JSON.parse(told), [key]: String(index) });
      if (metadata.labels !== undefined) metadata.labels[`bosh.cloudfoundry.org/${key}`] = String(index);
    }
    return copy;
  };
}

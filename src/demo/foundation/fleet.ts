import { randomUUID } from 'node:crypto';
import { setImmediate as pause } from 'node:timers/promises';
import { metadataAnnotation } from '../../bosh/labels.ts';
import type { ApiObject } from '../../sandbox/api/object.ts';
import { resource } from '../../sandbox/api/resources.ts';
import type { Store } from '../../sandbox/api/store.ts';
import { type Director, findDeployment, instancesOf } from '../../sandbox/director/director.ts';
import { type Instance, managedDisk } from '../../sandbox/director/model.ts';
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
 * Makes a foundation as big as wanted with copies of its machines, put straight into the store and into the director's
 * records: what the CPI made, under other names.
 */
export async function grow(
  store: Store,
  nodes: readonly DemoNode[],
  director: Director,
  machines: number,
): Promise<void> {
  const deployed = instancesOf(director);
  const missing = machines - deployed.length;
  for (let count = 0; count < missing; count++) {
    const original = deployed[count % deployed.length];
    if (original !== undefined)
      copyMachine(store, nodes, director, original, count, Math.floor(count / deployed.length));
    if (count % AT_ONCE === 0) await pause();
  }
}

function copyMachine(
  store: Store,
  nodes: readonly DemoNode[],
  director: Director,
  original: Instance,
  count: number,
  round: number,
): void {
  const namespace = 'bosh';
  const { vm, id, zone, group } = original;
  const disk = managedDisk(original);
  const pod = vm && store.get(PODS, namespace, vm.cid);
  const secret = vm && store.get(SECRETS, namespace, vm.cid);
  if (vm === undefined || pod === undefined || secret === undefined) return;
  const near = nodes.filter((node) => node.zone === zone);
  const node = near[count % near.length] as DemoNode;
  const names: Record<string, string> = {
    [vm.agentId]: uuid('fleet', count),
    [id]: uuid('fleet instance', count),
    [String(pod.spec?.nodeName)]: node.name,
    [String(pod.status?.podIP)]: `${node.podNetwork}.${128 + Math.floor(count / 250)}.${2 + (count % 250)}`,
    [pod.metadata.uid]: randomUUID(),
    // the record owns the Services
    [secret.metadata.uid]: randomUUID(),
  };
  const { ip: address } = original.plan.networks.default ?? {};
  if (address !== undefined) names[address] = `10.96.${128 + Math.floor(count / 250)}.${2 + (count % 250)}`;
  const claim = disk && store.get(CLAIMS, namespace, disk.cid);
  if (disk !== undefined && claim !== undefined) {
    names[disk.cid] = `disk-${uuid('fleet disk', count)}`;
    names[claim.metadata.uid] = randomUUID();
  }
  const { instances } = findDeployment(director, original.deployment);
  const size = instances.filter((one) => one.group === group && one.index < FIRST_INDEX).length;
  const index = FIRST_INDEX + round * size + original.index;
  const rename = textRenamer(names);
  const renamed = renamer(rename, index);
  // scripts of some ten kilobytes that all machines have in common are not copied
  const { data, ...rest } = secret;
  store.put(SECRETS, { ...renamed(rest as ApiObject), data });
  const service = store.get(SERVICES, namespace, `${vm.cid}-default`);
  if (service !== undefined) store.put(SERVICES, renamed(service));
  const volume = claim && store.get(VOLUMES, '', String(claim.spec?.volumeName));
  if (volume !== undefined) store.put(VOLUMES, renamed(volume));
  if (claim !== undefined) store.put(CLAIMS, renamed(claim));
  store.put(PODS, renamed(pod));
  const attachment = disk && store.get(PODS, namespace, `attachment-${disk.cid}`);
  if (attachment !== undefined) store.put(PODS, renamed(attachment));
  const { plan, disks, vm: sameVm, ...about } = JSON.parse(rename(JSON.stringify(original))) as Instance;
  instances.push({
    ...about,
    index,
    plan: { ...plan, stemcell: original.plan.stemcell },
    disks: disks.map((one) => ({ ...one, id: director.nextId() })),
    vm: sameVm && { ...sameVm, stemcell: vm.stemcell },
  });
}

/** Replaces every old name in a text by its new one. */
function textRenamer(names: Readonly<Record<string, string>>): (text: string) => string {
  const olds = Object.keys(names).sort((a, b) => b.length - a.length);
  const pattern = new RegExp(olds.map((old) => old.replaceAll('.', '\\.')).join('|'), 'g');
  return (text) => text.replace(pattern, (old) => names[old] ?? old);
}

/** Copies objects with other names, a UID of their own and the instance's index. */
function renamer(rename: (text: string) => string, index: number): (object: ApiObject) => ApiObject {
  return (object) => {
    const copy = JSON.parse(rename(JSON.stringify(object))) as ApiObject;
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

import { CloudError } from '../bosh/cloud-error.ts';
import { sha256 } from '../bosh/digest.ts';
import type { Session } from '../bosh/session.ts';
import { attachmentDefinitions, type CniConfiguration } from './attachment-definitions.ts';
import type { NetworkPlan, NetworkRequest } from './plan.ts';
import { refuseTaken } from './pod-address.ts';
import { withPrefix } from './properties.ts';

/**
 * Strategy `multus`: the BOSH address on an interface of its own beside the pod's, by the annotation of the Network Plumbing Working Group's standard
 * (NetworkSelectionElement). One interface for each NetworkAttachmentDefinition, with all addresses of it.
 *
 * The interface has a MAC address that comes of its first address, where the plugin takes one (`capabilities.mac`): neighbours that know the machine reach its
 * next pod at once. With another one they would ask anew only after half a minute (measured with Linux's defaults, on a bridge).
 */
export function planMultus(requests: readonly NetworkRequest[]): NetworkPlan {
  const promised = requests.map(({ ip }) => ip);
  const interfaces = Map.groupBy(requests, requireAttachment);
  const elements = [...interfaces].map(([attachment, of]) => ({
    ...parts(attachment),
    ips: of.map(withPrefix),
    mac: macOf(of[0]?.ip ?? ''),
  }));
  return {
    promised,
    annotations: { 'k8s.v1.cni.cncf.io/networks': JSON.stringify(elements) },
    async check(session) {
      for (const [request] of interfaces.values()) if (request !== undefined) await requireStatic(session, request);
      await refuseTaken(session, requests);
    },
  };
}

function requireAttachment({ name, properties }: NetworkRequest): string {
  const attachment = properties.network_attachment;
  if (attachment !== undefined && /^([^/]+\/)?[^/]+$/.test(attachment)) return attachment;
  const message = `networks.${name}.cloud_properties.network_attachment: required by the strategy multus, a NetworkAttachmentDefinition as name or namespace/name`;
  throw new CloudError('CpiError', message);
}

/** A locally administered address of one station (IEEE 802: second digit 2). */
function macOf(ip: string): string {
  return `02${sha256(ip).slice(0, 10)}`.replace(/..(?=.)/g, '$&:');
}

/** Without a namespace it is the pod's. */
function parts(attachment: string): { readonly name: string; readonly namespace?: string } {
  const [first = '', second] = attachment.split('/');
  return second === undefined ? { name: first } : { name: second, namespace: first };
}

async function requireStatic(session: Session, request: NetworkRequest): Promise<void> {
  const attachment = requireAttachment(request);
  const { name, namespace = session.cluster.namespace } = parts(attachment);
  const definitions = await attachmentDefinitions(session, namespace);
  if (definitions === undefined) return;
  const definition = definitions.find((each) => each.name === name);
  const refuse = (what: string) => {
    const message = `NetworkAttachmentDefinition ${namespace}/${name} ${what}`;
    return new CloudError('CloudError', `networks.${request.name}.cloud_properties.network_attachment: ${message}`);
  };
  if (definition === undefined) throw refuse('does not exist');
  const plugins = definition.config.plugins ?? [definition.config];
  if (!plugins.some(takesAddresses)) {
    throw refuse('takes no addresses: its plugin needs "capabilities": {"ips": true} and "ipam": {"type": "static"}');
  }
}

/** OVN-Kubernetes takes addresses by itself, where the network has no subnets of its own. */
function takesAddresses({ type, capabilities, ipam, subnets }: CniConfiguration): boolean {
  if (type === 'ovn-k8s-cni-overlay') return subnets === undefined;
  return capabilities?.ips === true && ipam?.type === 'static';
}

import { sha256 } from './digest.ts';

const prefix = 'bosh.cloudfoundry.org';

/** The one container of a machine's pod. */
export const agentContainer = 'bosh-job';

/** The agent's id: on the VM's pod and on every object that belongs to the VM. */
export const agentIdLabel = `${prefix}/agent-id`;
/** The disk's id (a UUID): on its claim. */
export const diskIdLabel = `${prefix}/disk-id`;
/** On the pod of a machine, once for each of its disks: who has a disk is one selection. */
export function diskLabel(claim: string): string {
  return labelKey(claim);
}
/** On the attachment of a disk alone: the VM that has the disk by it. */
export const attachedToLabel = `${prefix}/attached-to`;
/** `env.bosh.group`, in a legal form: what anti-affinity and the disruption budget select by. */
export const groupLabel = `${prefix}/group`;
/** Address promised to the VM by its manual networks, several joined by a comma. */
export const addressAnnotation = `${prefix}/ip-address`;
/** Everything a Director told by set_vm_metadata or set_disk_metadata, as one JSON object: no value is ever dropped. */
export const metadataAnnotation = `${prefix}/metadata`;
/** The record's generation that a pod was made from. */
export const generationAnnotation = `${prefix}/generation`;
/** UID of the record that a pod was made from. */
export const recordAnnotation = `${prefix}/record`;
/** Stemcell CID of a VM. */
export const stemcellAnnotation = `${prefix}/stemcell`;

/** On a claim or snapshot whose name its caller has not heard yet: the Unix time (seconds) from which on that will never be. */
export const unansweredLabel = `${prefix}/unanswered`;

/** On a claim that an operator has set aside: no machine is to have it, and its data is to stay. To select by; the annotation of the name says the rest. */
export const orphanedLabel = `${prefix}/orphaned`;

/** On every object this program makes. */
export const managedByLabels: Readonly<Record<string, string>> = { 'app.kubernetes.io/managed-by': 'kubernetes-cpi' };

/**
 * A value that Kubernetes takes as a label's: as it is when legal, otherwise a readable stem with a digest, always the same for the same text.
 * Rule: at most 63 characters of [A-Za-z0-9._-], first and last alphanumeric, or empty (k8s.io/apimachinery util/validation).
 */
export function labelValue(text: string): string {
  if (/^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/.test(text)) return text;
  return digested(text, 63);
}

/** The label name under our prefix for a metadata key: as it is when legal, otherwise digested like a value. */
export function labelKey(key: string): string {
  return `${prefix}/${key === '' ? digested(key, 63) : labelValue(key)}`;
}

/**
 * A stem of at most `most` characters made of the text's legal ones, and ten hexadecimal digits of its SHA-256.
 * @param most length allowed, at least 20
 */
function digested(text: string, most: number): string {
  const digest = sha256(text).slice(0, 10);
  const stem = text
    .replace(/[^A-Za-z0-9_.-]+/g, '-')
    .slice(0, most - 11)
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
  return stem === '' ? digest : `${stem}-${digest}`;
}

/** Whether a label is one that machines, disks and shared Services are found by: metadata of the same name stays in the annotation alone. */
function isReserved(label: string): boolean {
  return (
    [agentIdLabel, diskIdLabel, groupLabel, attachedToLabel, unansweredLabel, orphanedLabel].includes(label) ||
    /^[^/]+\/(disk|service)-/.test(label)
  );
}

/**
 * Labels for a Director's metadata.
 * @param metadata keys and values as BOSH sends them (`name` is `redis/0af…`, `created_at` a time: neither is legal as it is)
 */
export function metadataLabels(metadata: Readonly<Record<string, unknown>>): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [key, value] of Object.entries(metadata)) {
    const label = labelKey(key);
    if (!isReserved(label)) labels[label] = labelValue(typeof value === 'string' ? value : JSON.stringify(value));
  }
  return labels;
}

/** A DNS-1035 label (Services) of at most 63 characters made from any text. */
export function serviceName(text: string): string {
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '');
  if (plain === text && plain !== '' && plain.length <= 63) return text;
  const digest = sha256(text).slice(0, 10);
  return `${plain.slice(0, 52).replace(/-+$/, '') || 's'}-${digest}`;
}

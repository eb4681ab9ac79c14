import { CloudError } from './cloud-error.ts';

/** A VM, disk or snapshot: the context it lives in (undefined: the configuration's default) and its object's name. */
export interface Cid {
  readonly context: string | undefined;
  readonly name: string;
}

/**
 * The CID of an object: `<context>:<name>`, or only the name when nobody named a context.
 * A context's name may itself hold colons (EKS names are ARNs), an object's name never does.
 */
export function formatCid(cid: Cid): string {
  return cid.context === undefined ? cid.name : `${cid.context}:${cid.name}`;
}

/**
 * Reads a CID.
 * @param text as a Director stored it
 * @param what `VM`, `disk` or `snapshot`, for the error
 * @throws CloudError of type CpiError when it cannot name a Kubernetes object
 */
export function parseCid(text: string, what: string): Cid {
  const colon = text.lastIndexOf(':');
  const name = text.slice(colon + 1);
  const context = colon < 0 ? undefined : text.slice(0, colon);
  if (!isObjectName(name) || context === '') {
    throw new CloudError('CpiError', `${what} CID ${JSON.stringify(text)}: expected <name> or <context>:<name>`);
  }
  return { context, name };
}

/** Whether Kubernetes takes the text as the name of a pod, claim or Secret (a DNS-1123 subdomain of at most 253 characters). */
export function isObjectName(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(text);
}

import type { Session } from '../bosh/session.ts';
import { readWhereAllowed } from './plugin-objects.ts';

/** A NetworkAttachmentDefinition (k8s.cni.cncf.io/v1), with the CNI configuration that it holds as text. */
export interface AttachmentDefinition {
  readonly name: string;
  readonly config: CniConfiguration;
}

/** What is read of a CNI configuration: of one plugin, or of a list of them. */
export interface CniConfiguration {
  readonly type?: string;
  readonly capabilities?: { readonly ips?: boolean };
  readonly ipam?: { readonly type?: string };
  readonly plugins?: readonly CniConfiguration[];
  /** OVN-Kubernetes (go-controller/pkg/cni/types): ranges joined by a comma. */
  readonly role?: string;
  readonly topology?: string;
  readonly subnets?: string;
  readonly reservedSubnets?: string;
}

/**
 * NetworkAttachmentDefinitions of a namespace; one whose configuration is not JSON has an empty one.
 * @returns undefined where they are not to be read
 */
export async function attachmentDefinitions(
  session: Session,
  namespace: string,
): Promise<readonly AttachmentDefinition[] | undefined> {
  const path = `/apis/k8s.cni.cncf.io/v1/namespaces/${namespace}/network-attachment-definitions`;
  interface Definition {
    readonly metadata: { readonly name: string };
    readonly spec?: { readonly config?: string };
  }
  const found = await readWhereAllowed<Definition>(session, path, `NetworkAttachmentDefinitions of ${namespace}`);
  return found?.map(({ metadata, spec }) => ({ name: metadata.name, config: parse(spec?.config ?? '') }));
}

function parse(config: string): CniConfiguration {
  try {
    return JSON.parse(config) as CniConfiguration;
  } catch {
    return {};
  }
}

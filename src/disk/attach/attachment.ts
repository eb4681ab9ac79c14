import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import { attachedToLabel, diskLabel, managedByLabels } from '../../bosh/labels.ts';
import type { Session } from '../../bosh/session.ts';
import { commonSpec, sharedFolder } from '../../vm/pod.ts';
import { ownedBy, type VmRecord } from '../../vm/record.ts';
import { attachmentScript } from '../../vm/scripts.ts';

/** The one container of an attachment. */
export const attachmentContainer = 'disk';

/** Where the kubelet has the disk in an attachment, and where an attachment shares it: below the namespace's folder on the node, a folder a machine. */
const [diskPath, sharePath] = ['/disk', '/share'];

/** What the script needs, with room for the container runtime's own process at a probe. Guaranteed, so that a full node evicts others first. */
const resources = { cpu: '50m', memory: '64Mi' };

/** Name of a disk's attachment: a disk has one at most, whatever the machine. */
export function attachmentName(claim: string): string {
  return `attachment-${claim}`;
}

/** A command of the attachment's script (stemcell/attachment). */
export function attachmentCommand(action: 'hold' | 'release', vm: string, claim: string): readonly string[];
export function attachmentCommand(action: 'forget', vm: string): readonly string[];
export function attachmentCommand(...words: readonly string[]): readonly string[] {
  return ['/bin/sh', '-c', attachmentScript, 'attachment', ...words];
}

/** What an attachment takes from the record of its machine. */
export interface AttachmentOwner {
  /** UID of the record's Secret. */
  readonly uid: string;
  readonly record: Pick<VmRecord, 'pod'>;
}

/**
 * The pod that holds a disk on a machine's node and shares its mount with the machine, whose pod is left as it is.
 *
 * The scheduler places it like every pod, though there is one node only: so a claim that waits for its first consumer is bound, and a node's volume limit
 * is kept. Privileged, since Kubernetes demands that of whoever shares mounts (kubernetes.io, "Mount propagation").
 *
 * @param node name of the machine's node
 */
export function attachmentOf(
  session: Session,
  vm: string,
  { uid, record }: AttachmentOwner,
  claim: string,
  node: string,
): V1Pod {
  const { namespace } = session.cluster;
  const { spec } = record.pod;
  const mounted = { exec: { command: ['mountpoint', '-q', `${sharePath}/${vm}/${claim}`] } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: attachmentName(claim),
      labels: {
        ...managedByLabels,
        // not the agent's id, which a machine's Services select by: an attachment would answer for it
        [attachedToLabel]: vm,
        [diskLabel(claim)]: '',
      },
      annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' },
      ownerReferences: [ownedBy(vm, uid)],
    },
    spec: {
      ...commonSpec,
      // it speaks to nobody: the network has no address to spare for each disk, and need not be up for a disk to come
      hostNetwork: true,
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }],
          },
        },
      },
      ...(spec.tolerations !== undefined && { tolerations: spec.tolerations }),
      ...(spec.priorityClassName !== undefined && { priorityClassName: spec.priorityClassName }),
      ...(spec.imagePullSecrets !== undefined && { imagePullSecrets: spec.imagePullSecrets }),
      containers: [
        {
          name: attachmentContainer,
          image: session.disks.attachment_image ?? spec.containers[0]?.image ?? '',
          imagePullPolicy: 'IfNotPresent',
          command: [...attachmentCommand('hold', vm, claim)],
          securityContext: { privileged: true, runAsUser: 0 },
          resources: { requests: resources, limits: resources },
          startupProbe: { ...mounted, periodSeconds: 1, failureThreshold: 1_000_000 },
          // what was mounted stays so as a rule, and a probe is a process on the node
          readinessProbe: { ...mounted, periodSeconds: 30 },
          terminationMessagePolicy: 'FallbackToLogsOnError',
          volumeMounts: [
            { name: 'disk', mountPath: diskPath },
            { name: 'share', mountPath: sharePath, mountPropagation: 'Bidirectional' },
          ],
        },
      ],
      volumes: [
        { name: 'disk', persistentVolumeClaim: { claimName: claim } },
        { name: 'share', hostPath: { path: sharedFolder(namespace), type: 'DirectoryOrCreate' } },
      ],
    },
  };
}

/** The claim an attachment holds. */
export function claimOf(attachment: V1Pod): string {
  return attachment.spec?.volumes?.find(({ name }) => name === 'disk')?.persistentVolumeClaim?.claimName ?? '';
}

/** The node an attachment is for, also before it is scheduled. */
export function nodeOf(attachment: V1Pod): string | undefined {
  const required = attachment.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required?.nodeSelectorTerms[0]?.matchFields?.[0]?.values?.[0];
}

import type { Api } from './api.ts';
import type { Metadata } from './follow.ts';

/** The provisioner of our storage classes and the driver of our attributes and snapshot classes. */
export const provisionerName = 'folders.kubernetes-cpi.test';

export const claimsPath = '/api/v1/persistentvolumeclaims';
export const volumesPath = '/api/v1/persistentvolumes';
export const mergePatch = 'application/merge-patch+json';

/** Where volumes are. */
export interface Place {
  readonly api: Api;
  /** Folder of the volumes on this side and as the kubelet sees it. */
  readonly here: string;
  readonly there: string;
  /** The node that has the folders; without a node every place is as good. */
  readonly node: string;
}

/** A PersistentVolumeClaim, as far as it matters here. */
export interface Claim {
  readonly metadata: Metadata;
  readonly spec: {
    readonly storageClassName?: string;
    readonly volumeName?: string;
    readonly volumeMode?: string;
    readonly accessModes: readonly string[];
    readonly resources: { readonly requests: { readonly storage: string } };
    readonly dataSource?: { readonly kind: string; readonly name: string };
    readonly volumeAttributesClassName?: string;
  };
  readonly status?: {
    readonly phase?: string;
    readonly capacity?: { readonly storage: string };
    readonly currentVolumeAttributesClassName?: string;
  };
}

/** A PersistentVolume, as far as it matters here. */
export interface Volume {
  readonly metadata: Metadata;
  readonly spec: { readonly capacity: { readonly storage: string }; readonly persistentVolumeReclaimPolicy: string };
  readonly status?: { readonly phase?: string };
}

/** Path of a claim. */
export function claimPath({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`;
}

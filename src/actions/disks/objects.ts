import type { Kubernetes } from '../read.ts';

/** A disk's claim, as far as actions read it. */
export interface Claim extends Kubernetes {
  readonly spec?: {
    readonly volumeName?: string;
    readonly storageClassName?: string;
    readonly resources?: { readonly requests?: { readonly storage?: string } };
  };
  readonly status?: { readonly phase?: string };
}

export interface Volume extends Kubernetes {
  readonly spec?: { readonly persistentVolumeReclaimPolicy?: string; readonly csi?: { readonly driver?: string } };
}

export function claimPath(namespace: string, name: string): string {
  return `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`;
}

/** Volumes belong to no namespace. */
export function volumePath(name: string): string {
  return `/api/v1/persistentvolumes/${name}`;
}

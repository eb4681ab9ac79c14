import { type Right, rights } from './rights.ts';

/** What the CPI's own code needs for a disk of a machine to come or go. */
export function diskRights(namespace: string): readonly Right[] {
  return [
    ...machineRights(namespace),
    ...rights(namespace, { persistentvolumeclaims: 'get list watch' }),
    ...rights(undefined, { persistentvolumes: 'get' }),
  ];
}

/** The same for a machine's pod to come, restart or go. Kubernetes asks for both verbs of an exec from 1.35 on. */
function machineRights(namespace: string): readonly Right[] {
  return rights(namespace, {
    pods: 'get list watch create patch delete',
    'pods/exec': 'get create',
    secrets: 'get update',
    events: 'list',
    'poddisruptionbudgets.policy': 'get create patch delete',
  });
}

/** And for what belongs to it to go with it. */
export function removalRights(namespace: string): readonly Right[] {
  return [
    ...machineRights(namespace),
    ...rights(namespace, {
      secrets: 'delete',
      services: 'get update delete',
      persistentvolumeclaims: 'get list watch delete',
    }),
  ];
}

/** To set a disk aside and take it back. */
export function markRights(namespace: string): readonly Right[] {
  return [
    ...rights(namespace, { persistentvolumeclaims: 'get patch', pods: 'get list' }),
    ...rights(undefined, { persistentvolumes: 'get patch' }),
  ];
}

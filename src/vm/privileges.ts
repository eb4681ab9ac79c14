import type { V1SecurityContext } from '@kubernetes/client-node/dist/gen/models/V1SecurityContext.js';

/**
 * What a machine without privileges keeps: the agent or the entrypoint fails in something that BOSH asks of a machine without any one of them.
 * docs/security.md says in what; test/machine/unprivileged.test.ts runs it.
 */
const capabilities = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'NET_ADMIN',
  'NET_BIND_SERVICE',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_ADMIN',
  'SYS_CHROOT',
  'SYS_PTRACE',
] as const;

/**
 * How a machine's container is confined.
 *
 * Without privileges the runtime's seccomp profile holds: it lets mounts through to whoever has SYS_ADMIN. Its AppArmor profile does not (containerd's has
 * `deny mount`), and the agent mounts all through its start, so that one is off. Nodes without AppArmor take no notice.
 */
export function securityContext(privileged: boolean): V1SecurityContext {
  // a stemcell's init and agent are root's whatever user its image names
  if (privileged) return { privileged, runAsUser: 0 };
  return {
    privileged,
    runAsUser: 0,
    capabilities: { drop: ['ALL'], add: [...capabilities] },
    seccompProfile: { type: 'RuntimeDefault' },
    appArmorProfile: { type: 'Unconfined' },
  };
}

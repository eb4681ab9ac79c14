import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import { isReady, restartsOf } from '../node.ts';
import type { Site } from './site.ts';

/**
 * What a reboot of the node does to machines and their attachments: every container ends at once, /run is empty, and the
 * kubelet starts all of them again. Returns when they are Ready.
 * @param pods all of the machines' and their attachments
 * @param last pods that do nothing more, and whose containers end, and so start again, only once the others run
 * @param meanwhile done when only the others run
 */
export async function loseNode(
  site: Site,
  pods: readonly string[],
  last: readonly string[] = [],
  meanwhile: () => Promise<void> = async () => undefined,
): Promise<void> {
  const soon = pods.filter((name) => !last.includes(name));
  const before = new Map<string, number>();
  for (const name of pods) before.set(name, restartsOf(await site.pod(name)));
  const restarted = (name: string, isGood: (pod: V1Pod | undefined) => boolean): Promise<true> =>
    site.follow(name, (pod) => (restartsOf(pod) > (before.get(name) ?? 0) && isGood(pod) ? true : undefined));

  await site.node.stopKubelet();
  try {
    for (const name of last) await site.kill(name, 'SIGSTOP');
    for (const name of soon) await site.kill(name);
    const top = `/run/bosh-cpi/${site.namespace}`;
    const mounted = site.node.mounts().filter(({ at }) => at.startsWith(`${top}/`));
    // the end of a node waits for nobody either
    for (const { at } of mounted) await site.node.sh(`umount -n -l ${at}`);
    await site.node.sh(`find ${top} -depth -type d -exec rmdir {} +`);
  } finally {
    await site.node.startKubelet();
  }
  await Promise.all(soon.map((name) => restarted(name, isRunning)));
  if (last.length > 0) await meanwhile();
  for (const name of last) await site.kill(name);
  await Promise.all(pods.map((name) => restarted(name, isReady)));
}

function isRunning(pod: V1Pod | undefined): boolean {
  return pod?.status?.containerStatuses?.[0]?.state?.running !== undefined;
}

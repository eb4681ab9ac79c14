import type { Session } from '../../bosh/session.ts';
import { callConfig } from '../../cpi/config.ts';
import { findMethod } from '../../cpi/methods/index.ts';
import type { Cluster } from '../../kubernetes/cluster.ts';

/** Runs a CPI method in this process. @throws CloudError */
export type CallCpi = (method: string, ...args: readonly unknown[]) => Promise<unknown>;

/** @param cluster connection whose namespace the machines go to */
export function createCpi(cluster: Cluster): CallCpi {
  const settings = { kubeconfig: 'the one at hand', agent: { mbus: 'nats://10.96.0.10:4222' } };
  const { agent, disks, network, timeouts } = callConfig(JSON.stringify(settings), 'of the demo', {});
  const session: Session = { cluster, context: undefined, agent, disks, network, timeouts, log: () => undefined };
  return async (method, ...args) =>
    (await findMethod(method)).run({ session: async () => session, log: () => undefined }, args);
}

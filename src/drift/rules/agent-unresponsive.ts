import type { Rule, VmCase } from '../rule.ts';

/** How long an agent has to come up after its pod. */
const bootMs = 60_000;

/** Kubernetes says that the machine is Ready, the Director hears nothing of its agent. */
export const agentUnresponsive: Rule<VmCase> = {
  name: 'agent-unresponsive',
  director: 'needed',
  holdMs: 0,
  look({ vm, bosh }) {
    const { pod } = vm;
    const { scan, instance } = bosh ?? {};
    if (pod === undefined || scan === undefined || instance === undefined) return [];
    if (scan.jobState !== 'unresponsive agent' || scan.state !== 'started') return [];
    // what keeps the pod from running is told by itself
    if (!pod.ready || pod.state !== 'Running' || scan.at < pod.created + bootMs) return [];
    return [
      {
        severity: 'high',
        title: 'agent silent',
        expected: 'agent answers',
        actual: 'Running, Ready, no answer',
        sides: [
          { source: 'Director scan', value: scan.jobState, note: `asked ${new Date(scan.at).toISOString()}` },
          { source: 'pod', value: pod.state, note: pod.restarts > 0 ? `${pod.restarts} restarts` : undefined },
        ],
        explanation: [
          'The pod runs, but its agent did not answer the Director. It may hang, or NATS refuses its certificate, or a network policy keeps it from NATS: the agent log tells which.',
          'The jobs may well run. BOSH cannot change, drain or stop them, and the health monitor makes the VM anew where resurrection is on.',
        ],
        repairs: ['restart-agent', 'reboot-vm', 'recreate-instance'],
      },
    ];
  },
};

import { createMachine, mustCall, request } from '../calls.ts';
import { type Contestant, goProgram, processFigures, race } from '../processes.ts';
import type { Section } from '../report.ts';
import type { Setting } from '../setting.ts';
import { median } from '../statistics.ts';

const runs = 40;

/** What one call costs: `info`, and `has_vm` of a machine that is there, beside a client-go process that gets the same pod. */
export async function start(setting: Setting): Promise<Section> {
  const { vm } = await createMachine(setting, 'bench-start');
  const argv = [setting.executable, 'cpi', '--config', setting.config];
  const contestants: readonly Contestant[] = [
    { name: 'info', argv, stdin: request('info', []), expect: '"api_version":3' },
    { name: 'has_vm', argv, stdin: request('has_vm', [vm]), expect: '"result":true' },
    {
      name: 'client-go',
      argv: [await goProgram('get'), setting.namespace, vm],
      env: [`KUBECONFIG=${setting.kubeconfig}`],
      expect: 'true',
    },
  ];
  const samples = await race(runs, contestants);
  await mustCall(setting, 'delete_vm', [vm]);
  const clock = (name: string) => median(samples.filter((sample) => sample.name === name).map(({ wallMs }) => wallMs));
  const ratio = {
    name: 'has_vm / client-go, clock',
    unit: 'x',
    median: clock('has_vm') / clock('client-go'),
    limit: 1.2,
  } as const;
  return {
    name: 'One call',
    about: `${runs} runs of each, in turns, each a new process with an empty environment. The API server wants client certificates. client-go is a bare process that gets the same pod.`,
    figures: [
      ...processFigures('info', samples, { wallMs: 15, cpuMs: 25, megabytes: 80 }),
      ...processFigures('has_vm', samples, { wallMs: 40, cpuMs: 80, megabytes: 80 }),
      ...processFigures('client-go', samples),
      ratio,
    ],
  };
}

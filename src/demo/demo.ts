import { parseArgs } from 'node:util';

const usage = `kubernetes-cpi demo: the console on an embedded cluster, with a foundation that a director keeps busy

  --machines N   as many machines, up to 5000; 60 when omitted
  --still        the director rests once everything is deployed
  --story        one machine's life instead, call by call; without a terminal this is what is shown
  --cluster      the cluster and its Director alone: prints the kubeconfig and what points the bosh CLI at it, runs until stdin ends
`;

const most = 5_000;

const options = {
  machines: { type: 'string' },
  still: { type: 'boolean' },
  story: { type: 'boolean' },
  cluster: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** The demo by a command line. Sets exit status 2 for a wrong one. */
export async function runDemo(args: readonly string[]): Promise<void> {
  const wanted = read(args);
  if (typeof wanted === 'string') {
    process.stderr.write(`kubernetes-cpi demo: ${wanted}\n\n${usage}`);
    process.exitCode = 2;
    return;
  }
  const { values, machines } = wanted;
  const still = values.still ?? false;
  if (values.help) process.stdout.write(usage);
  else if (values.cluster) await (await import('./foundation/serve.ts')).serveFoundation({ machines, still });
  else if (values.story || !process.stdin.isTTY || !process.stdout.isTTY) {
    await (await import('./story/play.ts')).playStory();
  } else await (await import('./console.ts')).openDemo({ machines, still });
}

function read(args: readonly string[]) {
  try {
    const { values } = parseArgs({ args: [...args], options });
    const machines = values.machines === undefined ? undefined : Number(values.machines);
    if (machines !== undefined && !(Number.isInteger(machines) && machines > 0 && machines <= most)) {
      return `--machines: expected a number from 1 to ${most}`;
    }
    return { values, machines };
  } catch (error) {
    return (error as Error).message;
  }
}

import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { importIntoCluster, kubectlOf, startCluster, stopCluster } from './cluster.ts';
import { isRunning } from './process.ts';
import { listStates, readState } from './state.ts';

const usage = `usage: npm run cluster -- COMMAND [options]
  up [--node] [--kwok] [--name NAME]    start a Kubernetes cluster; --node adds a node that runs containers (root),
                                        --kwok ten nodes that only say so
  up --kubeconfig FILE                  only look whether this cluster answers
  down [--name NAME | --all]            stop it and remove all of it
  status                                what runs
  kubeconfig [--name NAME]              print the path of the administrator's kubeconfig
  import TAR [--name NAME]              load an image archive into the node
NAME is "default" when not given.`;

function status(): string {
  const lines = listStates().map((state) => {
    const dead = state.processes.filter((record) => !isRunning(record)).map((record) => record.name);
    const health = dead.length > 0 ? `broken: ${dead.join(', ')} ended` : state.phase;
    const node =
      state.network === undefined ? 'no node' : `node ${state.network.nodeAddress}, pods ${state.network.podCidr}`;
    return `${state.name}  ${health}  ${state.server}  services ${state.serviceCidr}  ${node}\n  ${state.kubeconfig}`;
  });
  return lines.length === 0 ? 'no cluster' : lines.join('\n');
}

function known(name: string): string {
  const state = readState(name);
  if (state === undefined) throw new Error(`no cluster ${name}: start it with up --name ${name}`);
  return state.kubeconfig;
}

async function down(name: string, all: boolean): Promise<string> {
  const names = all ? listStates().map((state) => state.name) : [name];
  const stopped: string[] = [];
  for (const each of names) if (await stopCluster(each)) stopped.push(each);
  return stopped.length === 0 ? 'nothing to stop' : `stopped ${stopped.join(', ')}`;
}

async function main(args: readonly string[]): Promise<string> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      name: { type: 'string', default: 'default' },
      node: { type: 'boolean', default: false },
      kwok: { type: 'boolean', default: false },
      kubeconfig: { type: 'string' },
      all: { type: 'boolean', default: false },
    },
  });
  const [command, file] = positionals;
  const { name } = values;
  if (command === 'up') {
    const began = performance.now();
    const progress = (message: string): void => console.error(message);
    const cluster = await startCluster({
      name,
      node: values.node,
      kwok: values.kwok,
      progress,
      ...(values.kubeconfig === undefined ? {} : { kubeconfig: values.kubeconfig }),
    });
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    const kubectl = kubectlOf(name);
    return [
      `cluster ${name} is ready after ${seconds} s`,
      `export KUBECONFIG=${cluster.kubeconfig}`,
      ...(kubectl === undefined ? [] : [`export PATH=${dirname(kubectl)}:$PATH  # kubectl`]),
    ].join('\n');
  }
  if (command === 'down') return down(name, values.all);
  if (command === 'status') return status();
  if (command === 'kubeconfig') return known(name);
  if (command === 'import' && file !== undefined) return importIntoCluster(name, file);
  throw new Error(usage);
}

try {
  console.log(await main(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import manifest from '../../package.json' with { type: 'json' };
import { readConfiguration } from '../configuration/configuration.ts';
import { consolePaths } from '../configuration/paths.ts';
import { kubeconfigPaths } from '../kubernetes/kubeconfig.ts';

/** A file the program reads or writes. */
interface FileInfo {
  readonly path: string;
  readonly exists: boolean;
  /** What is wrong with it. */
  readonly problem?: string;
}

interface Info {
  readonly version: string;
  readonly runtime: string;
  readonly platform: string;
  readonly configuration: FileInfo;
  readonly log: FileInfo;
  readonly kubeconfig: readonly FileInfo[];
}

/** `kubernetes-cpi info [--json]`: where everything is, for whoever has to find it. Exit status 1 when the configuration is broken. */
export async function runInfo(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean' } } });
  const info = await collect(process.env);
  process.stdout.write(values.json ? `${JSON.stringify(info, undefined, 2)}\n` : asText(info));
  if (info.configuration.problem !== undefined) process.exitCode = 1;
}

async function collect(env: NodeJS.ProcessEnv): Promise<Info> {
  const { configuration, log } = consolePaths(env);
  const { bun, node } = process.versions;
  const problem = await readConfiguration(configuration).then(
    () => undefined,
    (error: Error) => error.message.replace(`${configuration}: `, ''),
  );
  return {
    version: manifest.version,
    runtime: bun === undefined ? `node ${node}` : `bun ${bun}`,
    platform: `${process.platform}-${process.arch}`,
    configuration: { ...fileInfo(configuration), ...(problem === undefined ? {} : { problem }) },
    log: fileInfo(log),
    kubeconfig: (await kubeconfigPaths(env)).map(fileInfo),
  };
}

function fileInfo(path: string): FileInfo {
  return { path, exists: existsSync(path) };
}

function asText({ version, runtime, platform, configuration, log, kubeconfig }: Info): string {
  const lines: (readonly [string, string])[] = [
    ['version', `${version} (${runtime}, ${platform})`],
    ['configuration', describe(configuration)],
    ...(configuration.problem === undefined ? [] : [['', `broken: ${configuration.problem}`] as const]),
    ['log', describe(log)],
    ...kubeconfig.map((file, index) => [index === 0 ? 'kubeconfig' : '', describe(file)] as const),
  ];
  return lines.map(([name, value]) => `${name.padEnd(15)}${value}\n`).join('');
}

function describe({ path, exists }: FileInfo): string {
  return exists ? path : `${path} (not there)`;
}

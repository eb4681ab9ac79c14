import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { selfSigned } from '../../../src/sandbox/certificate.ts';

/** Debian's package of distribution, the registry that most others are made of. */
const program = 'docker-registry';

/** Whether there is one on this machine. */
export function hasDockerRegistry(): boolean {
  return spawnSync(program, ['--version']).status === 0;
}

export interface DockerRegistry {
  /** `127.0.0.1:port`, as references name it. */
  readonly host: string;
  /** File with its certificate. */
  readonly ca: string;
  stop(): void;
}

/**
 * Starts a registry with TLS on loopback.
 * @param folder made; keeps everything of it
 */
export async function startDockerRegistry(folder: string): Promise<DockerRegistry> {
  mkdirSync(folder);
  const port = await freePort();
  const { cert, key } = selfSigned('localhost');
  const [ca, keyFile, configFile] = ['cert.pem', 'key.pem', 'config.yml'].map((name) => join(folder, name));
  writeFileSync(`${ca}`, cert);
  writeFileSync(`${keyFile}`, key, { mode: 0o600 });
  const config = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}`, tls: { certificate: ca, key: keyFile } },
  };
  writeFileSync(`${configFile}`, JSON.stringify(config));
  const child = spawn(program, ['serve', `${configFile}`], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  // what clients without its certificate make it say is nothing to know
  child.stderr.on('data', (chunk: Buffer) => (said = `${said}${chunk}`.slice(-1000)));
  for (let turn = 0; turn < 300 && child.exitCode === null; turn++) {
    // without TLS it answers 400, but it answers
    const answer = await fetch(`http://127.0.0.1:${port}/v2/`).catch(() => undefined);
    if (answer !== undefined) return { host: `127.0.0.1:${port}`, ca: `${ca}`, stop: () => void child.kill() };
    await sleep(100);
  }
  child.kill();
  throw new Error(`${program} did not begin to listen: ${said}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

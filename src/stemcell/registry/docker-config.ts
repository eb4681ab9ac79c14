import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { RegistryCredentials } from './authorization.ts';

interface DockerConfig {
  readonly auths?: Readonly<Record<string, { readonly auth?: string; readonly identitytoken?: string }>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

/** Docker Hub is known by an older name there. */
const hub = 'https://index.docker.io/v1/';

/**
 * What `docker login` keeps for a registry: in `$DOCKER_CONFIG/config.json` (`~/.docker`), or with the credential helper that is named there.
 * @param registry its name in references
 * @returns undefined when nothing is kept
 * @throws Error for a broken file or a helper that fails; never with credentials in it
 */
export async function dockerCredentials(
  registry: string,
  env: NodeJS.ProcessEnv,
): Promise<RegistryCredentials | undefined> {
  const path = join(env.DOCKER_CONFIG ?? join(homedir(), '.docker'), 'config.json');
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw new Error(`${path}: ${error.code}`);
  });
  let config: DockerConfig;
  try {
    config = JSON.parse(text) as DockerConfig;
  } catch {
    throw new Error(`${path} is not JSON`);
  }
  const key = registry === 'docker.io' ? hub : registry;
  const helper = config.credHelpers?.[key] ?? config.credsStore;
  if (helper !== undefined) {
    const found = await askHelper(helper, key, env);
    if (found !== undefined) return found;
  }
  const entry = config.auths?.[key] ?? config.auths?.[`https://${key}`];
  if (entry?.identitytoken) return { identityToken: entry.identitytoken };
  if (!entry?.auth) return undefined;
  const [username = '', ...password] = Buffer.from(entry.auth, 'base64').toString('utf8').split(':');
  return { username, password: password.join(':').replace(/\0+$/, '') };
}

/** Runs `docker-credential-NAME get` (docker/docker-credential-helpers): the registry on stdin, a JSON on stdout. */
async function askHelper(name: string, key: string, env: NodeJS.ProcessEnv): Promise<RegistryCredentials | undefined> {
  const command = `docker-credential-${name}`;
  const { code, stdout } = await run(command, key, env);
  // a helper tells in words of its own that it has nothing
  if (code !== 0 && /credentials not found/i.test(stdout)) return undefined;
  if (code !== 0) throw new Error(`credential helper ${command} exited with ${code}`);
  try {
    const { Username: username, Secret: secret } = JSON.parse(stdout) as { Username: string; Secret: string };
    return username === '<token>' ? { identityToken: secret } : { username, password: secret };
  } catch {
    throw new Error(`credential helper ${command} printed something that is not JSON`);
  }
}

function run(command: string, input: string, env: NodeJS.ProcessEnv): Promise<{ code: number | null; stdout: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ code: number | null; stdout: string }>();
  const child = spawn(command, ['get'], { env, stdio: ['pipe', 'pipe', 'ignore'], timeout: 30_000 });
  let stdout = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.on('error', () => reject(new Error(`credential helper ${command} is not in PATH`)));
  child.on('close', (code) => resolve({ code, stdout }));
  // one that does not read its input is no failure of ours
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return promise;
}

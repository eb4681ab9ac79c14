import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type ConfiguredEnvironment, readConfigFile } from './config-file.ts';

/** Where and as whom to talk to a Director. */
export interface DirectorTarget {
  /** What the operator calls it: an alias or an address. */
  readonly name: string;
  /** Base URL without a path, e.g. `https://10.0.0.6:25555`. */
  readonly url: string;
  /** PEM; undefined: the authorities of this machine. */
  readonly ca: string | undefined;
  readonly credentials: DirectorCredentials;
}

export type DirectorCredentials =
  /** User and password, or a UAA client and its secret: which of them, the Director says. */
  | { readonly kind: 'client'; readonly client: string; readonly secret: string }
  /** What `bosh log-in` of a UAA user left in the CLI's file. It is not renewed: a refresh token that is used may end the CLI's own log-in. */
  | { readonly kind: 'token'; readonly type: string; readonly token: string };

export interface TargetOptions {
  /** `--environment` of the command line; wins over BOSH_ENVIRONMENT. */
  readonly environment?: string;
}

/**
 * Finds the Director an operator means, by the rules of the bosh CLI: BOSH_ENVIRONMENT (an address or an alias of `~/.bosh/config`), BOSH_CLIENT,
 * BOSH_CLIENT_SECRET, BOSH_CA_CERT (PEM or a path); what they do not say comes from the environment's entry of the file (BOSH_CONFIG, or `~/.bosh/config`).
 *
 * @returns undefined when no environment is named
 * @throws Error that names the variable or file, and what to do
 */
export async function readTarget(
  env: NodeJS.ProcessEnv,
  options: TargetOptions = {},
): Promise<DirectorTarget | undefined> {
  const name = options.environment || env.BOSH_ENVIRONMENT;
  if (!name) return undefined;
  if (env.BOSH_ALL_PROXY) {
    const remedy = 'open a tunnel with `ssh -L` and set BOSH_ENVIRONMENT to it, or set HTTPS_PROXY';
    throw new Error(`BOSH_ALL_PROXY: SOCKS proxies are not supported; unset it, then ${remedy}`);
  }
  const home = env.HOME || homedir();
  const path = env.BOSH_CONFIG ? expanded(env.BOSH_CONFIG, home) : join(home, '.bosh/config');
  const known = await readConfigFile(path);
  const address = entryOf(known, name)?.url ?? name;
  const entry = entryOf(known, address);
  const given = env.BOSH_CA_CERT ? await pemOf(env.BOSH_CA_CERT, home) : undefined;
  const origin = options.environment ? '--environment' : 'BOSH_ENVIRONMENT';
  return {
    name,
    url: urlOf(address, address === name ? origin : `${path}: url of ${name}`),
    ca: given ?? checkedPem(entry?.ca_cert, `${path}: ca_cert of ${name}`),
    credentials: credentialsOf(env, entry, { name, path }),
  };
}

/** The first entry of this address or alias, as the CLI looks it up. */
function entryOf(known: readonly ConfiguredEnvironment[], name: string): ConfiguredEnvironment | undefined {
  return known.find(({ url, alias }) => url === name || alias === name);
}

/** The CLI takes host and port only: it always speaks https, and 25555 is the port that is not said. */
function urlOf(address: string, origin: string): string {
  const authority = /^(?:[a-z]+:\/\/)?([^/?#]*)/i.exec(address)?.[1] ?? '';
  const [, host, port] = /^(\[[0-9a-f:.]+\]|[^:@\s]+)(?::(\d{1,5}))?$/i.exec(authority) ?? [];
  const url = `https://${host}:${port ?? 25555}`;
  if (host !== undefined && URL.canParse(url)) return url;
  // it may hold a password
  throw new Error(`${origin}: not an address of a Director; write it as https://10.0.0.6:25555 or use an alias`);
}

async function pemOf(value: string, home: string): Promise<string | undefined> {
  if (value.includes('BEGIN')) return checkedPem(value, 'BOSH_CA_CERT');
  const path = expanded(value, home);
  try {
    return checkedPem(await readFile(path, 'utf8'), `BOSH_CA_CERT: ${path}`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new Error(`BOSH_CA_CERT: ${path} could not be read (${code}); set it to the CA's file or its text`);
  }
}

function checkedPem(text: string | undefined, origin: string): string | undefined {
  if (!text) return undefined;
  try {
    new X509Certificate(text);
    return text;
  } catch {
    throw new Error(`${origin}: not a certificate in PEM; it begins with -----BEGIN CERTIFICATE-----`);
  }
}

function credentialsOf(
  env: NodeJS.ProcessEnv,
  entry: ConfiguredEnvironment | undefined,
  { name, path }: { readonly name: string; readonly path: string },
): DirectorCredentials {
  if (env.BOSH_CLIENT) {
    if (env.BOSH_CLIENT_SECRET) return client(env.BOSH_CLIENT, env.BOSH_CLIENT_SECRET);
    throw new Error('BOSH_CLIENT_SECRET: not set, but BOSH_CLIENT is; set both or none');
  }
  if (entry?.username) return client(entry.username, entry.password ?? '');
  if (entry?.access_token) {
    return { kind: 'token', type: entry.access_token_type || 'bearer', token: entry.access_token };
  }
  const logIn = `run \`bosh -e ${name} log-in\``;
  throw new Error(
    `no credentials for ${name}: set BOSH_CLIENT and BOSH_CLIENT_SECRET, or ${logIn}, which fills ${path}`,
  );
}

function client(name: string, secret: string): DirectorCredentials {
  return { kind: 'client', client: name, secret };
}

function expanded(path: string, home: string): string {
  return path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : path;
}

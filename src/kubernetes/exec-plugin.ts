import { spawn } from 'node:child_process';
import type { Credentials } from './credentials.ts';
import { CredentialError } from './errors.ts';

/** A credential plugin as a kubeconfig's `users[].user.exec` names it. */
export interface ExecPlugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly installHint?: string;
  /** Present when `provideClusterInfo` is set: goes to the plugin in KUBERNETES_EXEC_INFO. */
  readonly cluster?: Readonly<Record<string, unknown>>;
}

export interface ExecPluginAnswer {
  readonly credentials: Credentials;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
}

interface ExecCredential {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly status?: {
    readonly token?: string;
    readonly clientCertificateData?: string;
    readonly clientKeyData?: string;
    readonly expirationTimestamp?: string;
  };
}

/**
 * Runs a client-go credential plugin and reads its answer.
 * Its stdout is never put into an error: it is the secret.
 * Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
export async function runExecPlugin(plugin: ExecPlugin, timeoutMs = 30_000): Promise<ExecPluginAnswer> {
  const stdout = await run(plugin, timeoutMs);
  let answer: ExecCredential;
  try {
    answer = JSON.parse(stdout) as ExecCredential;
  } catch {
    throw new CredentialError(`credential plugin ${plugin.command} printed something that is not JSON`);
  }
  if (answer.kind !== 'ExecCredential' || answer.apiVersion !== plugin.apiVersion) {
    throw new CredentialError(
      `credential plugin ${plugin.command} did not print an ExecCredential of ${plugin.apiVersion}`,
    );
  }
  const { token, clientCertificateData, clientKeyData, expirationTimestamp } = answer.status ?? {};
  const pair = clientCertificateData !== undefined && clientKeyData !== undefined;
  if (token === undefined && !pair) {
    throw new CredentialError(
      `credential plugin ${plugin.command} gave neither a token nor a client certificate with its key`,
    );
  }
  const expires = expirationTimestamp === undefined ? Number.NaN : Date.parse(expirationTimestamp);
  return {
    credentials: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(pair ? { cert: clientCertificateData, key: clientKeyData } : {}),
    },
    ...(Number.isNaN(expires) ? {} : { expiresAt: expires }),
  };
}

function run(plugin: ExecPlugin, timeoutMs: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const fail = (why: string) => reject(new CredentialError(`credential plugin ${plugin.command} ${why}`));
  const child = spawn(plugin.command, plugin.args, { env: environmentOf(plugin), stdio: ['ignore', 'pipe', 'pipe'] });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  // Said by us rather than by `close`, which waits for every process that holds the plugin's stdout.
  const timer = setTimeout(() => {
    fail(`did not end within ${timeoutMs} ms${said(err)}`);
    child.kill('SIGKILL');
    child.stdout.destroy();
    child.stderr.destroy();
  }, timeoutMs);
  child.on('error', (error: NodeJS.ErrnoException) => {
    const hint = plugin.installHint === undefined ? '' : `\n${plugin.installHint}`;
    fail(
      error.code === 'ENOENT' ? `is not installed or not in PATH${hint}` : `could not be started: ${error.code}${hint}`,
    );
  });
  child.on('close', (code, signal) => {
    if (code === 0) resolve(Buffer.concat(out).toString('utf8'));
    else fail(`${signal === null ? `exited with ${code}` : `was ended by ${signal}`}${said(err)}`);
  });
  return promise.finally(() => clearTimeout(timer));
}

function environmentOf(plugin: ExecPlugin): NodeJS.ProcessEnv {
  const cluster = plugin.cluster === undefined ? {} : { cluster: plugin.cluster };
  const info = { apiVersion: plugin.apiVersion, kind: 'ExecCredential', spec: { interactive: false, ...cluster } };
  return { ...process.env, KUBERNETES_EXEC_INFO: JSON.stringify(info), ...plugin.env };
}

/** The end of what the plugin wrote for people. */
function said(stderr: readonly Buffer[]): string {
  const text = Buffer.concat(stderr).toString('utf8').trim();
  return text === '' ? '' : `: ${text.slice(-500)}`;
}

import { readFile } from 'node:fs/promises';
import type { ExecPlugin } from './exec-plugin.ts';

/** Where the credentials of requests come from. Client certificates of a kubeconfig are in `Target.tls`. */
export type CredentialSource =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'tokenFile'; readonly path: string }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'exec'; readonly plugin: ExecPlugin };

/** What one request carries. */
export interface Credentials {
  readonly authorization?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Gives the credentials of the next request; `renew` drops what is remembered, after a 401. */
export interface CredentialReader {
  read(renew: boolean): Promise<Credentials>;
  /** True when reading again may give other credentials, so a 401 is worth one more try. */
  readonly renewable: boolean;
}

/** client-go re-reads a token file at most once a minute; the kubelet rotates projected tokens hourly. */
const tokenFileMs = 60_000;

/** Makes the reader for a source. No I/O until the first `read`. */
export function credentialReader(source: CredentialSource): CredentialReader {
  switch (source.kind) {
    case 'none':
      return { renewable: false, read: async () => ({}) };
    case 'token':
      return { renewable: false, read: async () => ({ authorization: `Bearer ${source.token}` }) };
    case 'basic': {
      const authorization = `Basic ${Buffer.from(`${source.username}:${source.password}`).toString('base64')}`;
      return { renewable: false, read: async () => ({ authorization }) };
    }
    case 'tokenFile':
      return tokenFileReader(source.path);
    case 'exec':
      return pluginReader(source.plugin);
  }
}

function tokenFileReader(path: string): CredentialReader {
  let known: { readonly authorization: string; readonly until: number } | undefined;
  async function read(renew: boolean): Promise<Credentials> {
    if (known === undefined || renew || Date.now() > known.until) {
      const token = (await readFile(path, 'utf8')).trim();
      known = { authorization: `Bearer ${token}`, until: Date.now() + tokenFileMs };
    }
    return { authorization: known.authorization };
  }
  return { renewable: true, read };
}

function pluginReader(plugin: ExecPlugin): CredentialReader {
  let known: { readonly credentials: Credentials; readonly until: number } | undefined;
  async function read(renew: boolean): Promise<Credentials> {
    if (known === undefined || renew || Date.now() > known.until) {
      const { runExecPlugin } = await import('./exec-plugin.ts');
      const answer = await runExecPlugin(plugin);
      known = { credentials: answer.credentials, until: answer.expiresAt ?? Number.POSITIVE_INFINITY };
    }
    return known.credentials;
  }
  return { renewable: true, read };
}

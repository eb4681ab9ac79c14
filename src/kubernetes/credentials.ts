import { readFileSync } from 'node:fs';
import { CredentialError } from './errors.ts';
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

/** A token that ends within this time is asked for anew: the request must still arrive with it. */
const expirySkewMs = 10_000;

/** Makes the reader for a source. No I/O until the first `read`. */
export function credentialReader(source: CredentialSource): CredentialReader {
  switch (source.kind) {
    case 'none':
      return fixed({});
    case 'token':
      return fixed({ authorization: `Bearer ${source.token}` });
    case 'basic': {
      const pair = Buffer.from(`${source.username}:${source.password}`).toString('base64');
      return fixed({ authorization: `Basic ${pair}` });
    }
    case 'tokenFile':
      return remembered(async () => ({
        credentials: readTokenFile(source.path),
        until: Date.now() + tokenFileMs,
      }));
    case 'exec':
      return remembered(async () => {
        const { runExecPlugin } = await import('./exec-plugin.ts');
        const { credentials, expiresAt = Number.POSITIVE_INFINITY } = await runExecPlugin(source.plugin);
        return { credentials, until: expiresAt - expirySkewMs };
      });
  }
}

function fixed(credentials: Credentials): CredentialReader {
  return { renewable: false, read: async () => credentials };
}

interface Remembered {
  readonly credentials: Credentials;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

function remembered(get: () => Promise<Remembered>): CredentialReader {
  let known: Remembered | undefined;
  let asking: Promise<Remembered> | undefined;
  async function read(renew: boolean): Promise<Credentials> {
    if (known !== undefined && !renew && Date.now() <= known.until) return known.credentials;
    // Requests at the same time share one run: a plugin may open a browser or count its calls.
    asking ??= get().finally(() => {
      asking = undefined;
    });
    known = await asking;
    return known.credentials;
  }
  return { renewable: true, read };
}

function readTokenFile(path: string): Credentials {
  let token: string;
  try {
    token = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new CredentialError(`token file ${path} could not be read: ${(error as NodeJS.ErrnoException).code}`);
  }
  if (token === '') throw new CredentialError(`token file ${path} is empty`);
  return { authorization: `Bearer ${token}` };
}

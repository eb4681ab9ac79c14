import { readFileSync } from 'node:fs';
import { CredentialError } from './errors.ts';
import type { Target } from './target.ts';

/**
 * The service account of a pod. The address is explicit since the Director wipes the environment of the CPI.
 * @param options.port 443 when omitted
 * @param options.namespace the service account's own when omitted
 */
export function inClusterTarget(options: {
  host: string;
  port?: number;
  tokenFile?: string;
  caFile?: string;
  namespace?: string;
}): Target {
  const folder = '/var/run/secrets/kubernetes.io/serviceaccount';
  const host = options.host.includes(':') && !options.host.startsWith('[') ? `[${options.host}]` : options.host;
  return {
    context: 'in-cluster',
    server: `https://${host}:${options.port ?? 443}`,
    namespace: options.namespace ?? readServiceAccount(`${folder}/namespace`).trim(),
    tls: { ca: readServiceAccount(options.caFile ?? `${folder}/ca.crt`) },
    credentials: { kind: 'tokenFile', path: options.tokenFile ?? `${folder}/token` },
  };
}

function readServiceAccount(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CredentialError(
      `service account file ${path} could not be read: ${code}; is this a pod with a service account?`,
    );
  }
}

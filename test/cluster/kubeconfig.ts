import { writeFileSync } from 'node:fs';

/** How to be somebody at an API server. */
export interface Credentials {
  readonly cert?: string;
  readonly key?: string;
  readonly token?: string;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/**
 * Writes a kubeconfig with one context (JSON, which is YAML), readable by its owner only.
 * @param context name of context, cluster and user
 * @param authority PEM of the API server's certificate authority
 */
export function writeKubeconfig(
  file: string,
  context: string,
  server: string,
  authority: string,
  credentials: Credentials,
  namespace = 'default',
): string {
  const user = {
    ...(credentials.cert === undefined ? {} : { 'client-certificate-data': base64(credentials.cert) }),
    ...(credentials.key === undefined ? {} : { 'client-key-data': base64(credentials.key) }),
    ...(credentials.token === undefined ? {} : { token: credentials.token }),
  };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: context, cluster: { server, 'certificate-authority-data': base64(authority) } }],
    users: [{ name: context, user }],
    contexts: [{ name: context, context: { cluster: context, user: context, namespace } }],
    'current-context': context,
  };
  writeFileSync(file, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  return file;
}

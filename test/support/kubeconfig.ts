export type Kubeconfig = ReturnType<typeof kubeconfigFor>;

/** A kubeconfig with one context `cpi`. */
export function kubeconfigFor(
  server: string,
  authority: string | undefined,
  user: Readonly<Record<string, unknown>>,
  namespace: string,
) {
  const data = (pem: string) => Buffer.from(pem).toString('base64');
  const cluster = { server, ...(authority !== undefined && { 'certificate-authority-data': data(authority) }) };
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'cpi',
    clusters: [{ name: 'cpi', cluster }],
    users: [{ name: 'cpi', user }],
    contexts: [{ name: 'cpi', context: { cluster: 'cpi', user: 'cpi', namespace } }],
  };
}

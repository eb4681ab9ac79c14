/** Options that every command has which reads a cluster, in the form of parseArgs. */
export const clusterOptions = {
  json: { type: 'boolean' },
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  namespace: { type: 'string', short: 'n' },
  help: { type: 'boolean', short: 'h' },
} as const;

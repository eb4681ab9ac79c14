import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Certificate, createAuthority, issueCertificate } from './certificate.ts';

/** Everything a cluster's parts know each other by. */
export interface ClusterIdentity {
  readonly authority: Certificate;
  readonly server: Certificate;
  readonly admin: Certificate;
  readonly kubelet: Certificate;
  readonly proxy: Certificate;
}

function write(folder: string, name: string, certificate: Certificate): Certificate {
  writeFileSync(join(folder, `${name}.crt`), certificate.cert);
  writeFileSync(join(folder, `${name}.key`), certificate.key, { mode: 0o600 });
  return certificate;
}

/**
 * Makes a certificate authority, its certificates and the key that signs service account tokens.
 * @param folder takes NAME.crt, NAME.key, sa.pub and sa.key
 * @param serverNames names and addresses by which the API server is called
 * @param node name of the node, whose kubelet must be `system:node:<name>` for the node authorizer
 */
export function createIdentity(folder: string, serverNames: readonly string[], node: string): ClusterIdentity {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const authority = write(folder, 'ca', createAuthority('kubernetes-cpi-test'));
  const issue = (name: string, commonName: string, organizations: readonly string[] = []): Certificate =>
    write(folder, name, issueCertificate(authority, { commonName, organizations }));
  const tokens = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(join(folder, 'sa.key'), tokens.privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
  writeFileSync(join(folder, 'sa.pub'), tokens.publicKey.export({ type: 'spki', format: 'pem' }));
  return {
    authority,
    server: write(folder, 'server', issueCertificate(authority, { commonName: 'kube-apiserver', names: serverNames })),
    admin: issue('admin', 'admin', ['system:masters']),
    kubelet: issue('kubelet', `system:node:${node}`, ['system:nodes']),
    proxy: issue('proxy', 'system:kube-proxy'),
  };
}

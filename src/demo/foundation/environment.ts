import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DirectorServer } from '../../sandbox/director/http/server.ts';

/** What a shell reads to have the bosh CLI talk to the demo's Director. */
export interface Environment {
  readonly path: string;
  remove(): void;
}

/** Writes the `BOSH_…` variables to a file of its own, for this user alone: the password is on no command line and no screen. */
export function writeEnvironment({ url, authority, admin }: DirectorServer): Environment {
  const folder = mkdtempSync(join(tmpdir(), 'kubernetes-cpi-demo-'));
  const path = join(folder, 'director.env');
  const certificate = join(folder, 'ca.pem');
  writeFileSync(certificate, authority);
  const variables = {
    BOSH_ENVIRONMENT: url,
    BOSH_CLIENT: admin.name,
    BOSH_CLIENT_SECRET: admin.password,
    BOSH_CA_CERT: certificate,
  };
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'\n`);
  writeFileSync(path, lines.join(''), { mode: 0o600 });
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The variables of such a file. */
export function parseEnvironment(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries([...text.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]));
}

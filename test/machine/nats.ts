import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { createAuthority, issueCertificate } from '../cluster/certificate.ts';
import { freePort } from '../cluster/control-plane.ts';

export interface NatsServer {
  readonly port: number;
  readonly ca: string;
  /** A client certificate; the server refuses it until `allow` was called with the same name. */
  issue(commonName: string): { readonly certificate: string; readonly private_key: string };
  /** Adds users and reloads, as nats-sync does. */
  allow(...commonNames: readonly string[]): Promise<void>;
  /** Sends a request to an agent; undefined when nobody answered in time. */
  ask(subject: string, body: Readonly<Record<string, unknown>>, timeoutMs: number): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * Within how many seconds a machine answers that NATS learns of after ten. An agent left to itself is lost for 95; on a CI machine, which others may load,
 * it is enough to tell these apart.
 */
export const patience = process.env.CI === undefined ? 15 : 45;

/** A real nats-server with mutual TLS whose users are certificates, configured as BOSH does (verify_and_map). */
export async function startNats(address: string, wanted?: number): Promise<NatsServer> {
  const port = wanted ?? (await freePort(address));
  const folder = await mkdtemp(join(tmpdir(), 'nats-'));
  const authority = createAuthority('nats');
  const own = issueCertificate(authority, { commonName: 'default.nats.bosh-internal', names: [address] });
  const director = issueCertificate(authority, { commonName: 'default.director.bosh-internal' });
  const users = ['default.director.bosh-internal'];
  const files = { 'ca.pem': authority.cert, 'server.pem': own.cert, 'server.key': own.key };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o600 });
  const configure = () =>
    writeFile(
      join(folder, 'nats.conf'),
      `net: "${address}"\nport: ${port}\nlogtime: true\ndebug: true\n` +
        `tls { cert_file: "${folder}/server.pem", key_file: "${folder}/server.key", ca_file: "${folder}/ca.pem", verify_and_map: true, timeout: 10 }\n` +
        `authorization { users: [\n${users.map((name) => `{ user: "CN=${name}" }`).join('\n')}\n] }\n`,
    );
  await configure();
  const child = spawn('nats-server', ['-c', join(folder, 'nats.conf')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (chunk) => (log = (log + chunk).slice(-100_000)));
  const said = async (text: string, from: number): Promise<void> => {
    for (let waited = 0; !log.slice(from).includes(text); waited += 50) {
      if (waited > 10_000 || child.exitCode !== null) throw new Error(`nats-server: ${log.slice(-2000)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  await said('Server is ready', 0);

  let socket: Promise<Socket> | undefined;
  const waiting = new Map<string, (value: unknown) => void>();
  const open = (): Promise<Socket> =>
    (socket ??= dial(address, port, { ca: authority.cert, cert: director.cert, key: director.key }, (subject, body) =>
      waiting.get(subject)?.(JSON.parse(body)),
    ));
  let asked = 0;

  return {
    port,
    ca: authority.cert,
    issue(commonName) {
      const { cert, key } = issueCertificate(authority, { commonName });
      return { certificate: cert, private_key: key };
    },
    async allow(...commonNames) {
      users.push(...commonNames);
      await configure();
      child.kill('SIGHUP');
    },
    async ask(subject, body, timeoutMs) {
      const to = await open();
      const inbox = `director.test.${++asked}`;
      const payload = JSON.stringify({ ...body, reply_to: inbox });
      try {
        return await new Promise((resolve) => {
          waiting.set(inbox, resolve);
          setTimeout(resolve, timeoutMs, undefined);
          to.write(`PUB ${subject} ${Buffer.byteLength(payload)}\r\n${payload}\r\n`);
        });
      } finally {
        waiting.delete(inbox);
      }
    },
    async close() {
      (await socket)?.destroy();
      child.kill('SIGTERM');
      await new Promise((resolve) => (child.exitCode === null ? child.once('close', resolve) : resolve(undefined)));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The little of the NATS protocol that a Director needs: https://docs.nats.io/reference/reference-protocols/nats-protocol */
function dial(
  host: string,
  port: number,
  tls: { readonly ca: string; readonly cert: string; readonly key: string },
  onMessage: (subject: string, body: string) => void,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const plain = connectTcp({ host, port });
    plain.on('error', reject);
    // the server speaks first, in clear, and then wants TLS
    plain.once('data', () => {
      const secure = connectTls({ socket: plain, ...tls, checkServerIdentity: () => undefined });
      let buffered = Buffer.alloc(0);
      secure.on('error', reject);
      secure.on('data', (chunk: Buffer) => {
        buffered = Buffer.concat([buffered, chunk]);
        for (;;) {
          const end = buffered.indexOf('\r\n');
          if (end < 0) return;
          const words = buffered.subarray(0, end).toString().split(' ');
          const size = words[0] === 'MSG' ? Number(words.at(-1)) + 2 : 0;
          if (buffered.length < end + 2 + size) return;
          const body = buffered.subarray(end + 2, end + size).toString();
          buffered = buffered.subarray(end + 2 + size);
          if (words[0] === 'PING') secure.write('PONG\r\n');
          if (words[0] === 'PONG') resolve(secure);
          if (words[0] === '-ERR') reject(new Error(words.join(' ')));
          if (words[0] === 'MSG') onMessage(words[1] ?? '', body);
        }
      });
      secure.write('CONNECT {"verbose":false,"pedantic":false,"tls_required":true}\r\nSUB director.> 1\r\nPING\r\n');
    });
  });
}

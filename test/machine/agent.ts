import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAuthority, issueCertificate } from '../cluster/certificate.ts';

const authority = createAuthority('agents');
const server = issueCertificate(authority, { commonName: 'agent', names: ['127.0.0.1'] });

interface BusCertificate {
  readonly ca: string;
  readonly certificate: string;
  readonly private_key: string;
}

const httpsUrl = 'https://mbus:pw@0.0.0.0:6868';

/** Settings of a machine whose message bus is https, as `bosh create-env` has them. */
export function httpsSettings(agentId: string): Record<string, unknown> {
  return settings(agentId, httpsUrl, { ca: authority.cert, certificate: server.cert, private_key: server.key });
}

/** Settings of a machine of a Director, with its bootstrap certificate. */
export function natsSettings(agentId: string, url: string, cert: BusCertificate): Record<string, unknown> {
  return settings(agentId, url, cert);
}

/** What an update_settings says of the https bus when it replaces the certificate. */
export function renewedBus(): { readonly urls: readonly string[]; readonly cert: BusCertificate } {
  const renewed = issueCertificate(authority, { commonName: 'agent', names: ['127.0.0.1'] });
  return { urls: [httpsUrl], cert: { ca: authority.cert, certificate: renewed.cert, private_key: renewed.key } };
}

function settings(agentId: string, mbus: string, cert: BusCertificate): Record<string, unknown> {
  return {
    agent_id: agentId,
    vm: { name: agentId, id: agentId },
    mbus,
    ntp: [],
    blobstore: { provider: 'local', options: { blobstore_path: '/var/vcap/micro_bosh/data/cache' } },
    disks: { system: '', ephemeral: '', persistent: {} },
    networks: { default: { type: 'dynamic', preconfigured: true, default: ['dns', 'gateway'], dns: [] } },
    env: { bosh: { password: '*', mbus: { cert } } },
  };
}

interface Answer {
  readonly value?: unknown;
  readonly exception?: { readonly message: string };
}

/** Calls an agent over https, and waits for the task's end as a caller of the agent does. */
export async function callAgent(ip: string, method: string, ...args: readonly unknown[]): Promise<unknown> {
  let answer = await post(ip, { method, arguments: args, reply_to: 'test' });
  for (;;) {
    if (answer.exception !== undefined) throw new Error(answer.exception.message);
    const task = answer.value as { agent_task_id?: string; state?: string } | undefined;
    if (task?.agent_task_id === undefined || task.state !== 'running') return answer.value;
    await sleep(200);
    answer = await post(ip, { method: 'get_task', arguments: [task.agent_task_id], reply_to: 'test' });
  }
}

/** Hands a blob to the agent, whose own blobstore is the one of these machines. */
export async function putBlob(ip: string, id: string, content: string): Promise<void> {
  await send(ip, 'PUT', `/blobs/${id}`, content, 201);
}

async function post(ip: string, body: unknown): Promise<Answer> {
  return JSON.parse(await send(ip, 'POST', '/agent', JSON.stringify(body), 200)) as Answer;
}

function send(ip: string, method: string, path: string, content: string, expected: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: ip,
        port: 6868,
        path,
        method,
        auth: 'mbus:pw',
        agent: false,
        ca: authority.cert,
        // agents are reached by addresses that nobody knew when the certificate was made
        checkServerIdentity: () => undefined,
        timeout: 20_000,
      },
      (incoming) => {
        let text = '';
        incoming.on('data', (chunk) => (text += chunk));
        incoming.on('end', () => {
          if (incoming.statusCode === expected) resolve(text);
          else reject(new Error(`agent answered ${incoming.statusCode}: ${text}`));
        });
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('the agent did not answer within 20 s')));
    outgoing.on('error', reject);
    outgoing.end(content);
  });
}

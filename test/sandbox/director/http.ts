import { request } from 'node:https';
import type { ServedDirector } from './serve.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Wanted {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** `user:password`; the admin's when omitted. */
  readonly login?: string;
}

/** Asks a Director as the bosh CLI does: no redirect is followed. */
export async function ask(
  { server }: Pick<ServedDirector, 'server'>,
  path: string,
  { method = 'GET', headers = {}, body = '', login }: Wanted = {},
): Promise<Reply> {
  const auth = login ?? `${server.admin.name}:${server.admin.password}`;
  return await new Promise((resolve, reject) => {
    const asked = request(
      `${server.url}${path}`,
      { method, headers, auth, ca: server.authority, servername: 'localhost' },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

/** Has a Director do something and waits for the task's end. @throws Error where there is no task */
export async function perform(
  served: ServedDirector,
  method: string,
  path: string,
  body?: object,
): Promise<{ readonly id: number; readonly state: string; readonly result: string }> {
  const headers = { 'content-type': path.includes('/jobs/') ? 'text/yaml' : 'application/json' };
  const {
    status,
    headers: told,
    body: text,
  } = await ask(served, path, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  });
  if (status !== 302) throw new Error(`${method} ${path}: ${status} ${text}`);
  const { pathname } = new URL(String(told.location));
  await served.director.tasks.ended(served.director.tasks.find(pathname.replace('/tasks/', '')));
  return JSON.parse((await ask(served, pathname)).body);
}

import type * as v from 'valibot';
import { checkInput, describeFlaws } from '../bosh/schema.ts';
import { UnreachableError } from '../kubernetes/errors.ts';
import type { Streamed } from '../kubernetes/transport.ts';
import { DirectorError, type DirectorOperation } from './errors.ts';
import type { DirectorTarget } from './target.ts';

/** The content type is no help: a Director says text/html for much of its JSON. */
export function checked<S extends v.GenericSchema>(
  schema: S,
  text: string,
  path: string,
  url: string,
): v.InferOutput<S> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw notDirector(url, `its answer to GET ${pathOf(path)} is no JSON`);
  }
  const result = checkInput(schema, parsed);
  if ('value' in result) return result.value;
  throw notDirector(url, `its answer to GET ${pathOf(path)} is not understood: ${describeFlaws(result.flaws)}`);
}

/** Something answers there, but not as a Director does. */
export function notDirector(url: string, what: string): UnreachableError {
  return new UnreachableError('NOT_A_DIRECTOR', url, `${url}: ${what}; check that BOSH_ENVIRONMENT names a Director`);
}

/** Without the query. */
export function pathOf(path: string): string {
  return path.replace(/\?.*/, '');
}

export async function readBytes(answer: Streamed, idleMs: number, url: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of unlessSilent(answer, idleMs, url)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A body whose silences are bounded. */
export async function* unlessSilent(
  { body, cancel }: Streamed,
  idleMs: number,
  url: string,
): AsyncGenerator<Uint8Array> {
  const late = () => cancel(new UnreachableError('TIMEOUT', url, `${url} said nothing more for ${idleMs} ms`));
  const timer = setTimeout(late, idleMs);
  try {
    for await (const chunk of body) {
      timer.refresh();
      yield chunk;
    }
  } finally {
    clearTimeout(timer);
  }
}

/** The error of an answer that is no success: JSON of the Director, or text of Sinatra and nginx. */
export function refusalOf(
  { method, path }: DirectorOperation,
  status: number,
  text: string,
  target: DirectorTarget,
): Error {
  const operation = { method, path: pathOf(path), status };
  const { code, description } = explained(text);
  if (description !== undefined) return new DirectorError({ ...operation, code, message: description });
  if (status === 401) return new DirectorError({ ...operation, code: undefined, message: unknownUser(target) });
  const message = `${target.url} answered ${status} to ${method} ${operation.path}${firstLine(text)}`;
  return new DirectorError({ ...operation, code: undefined, message });
}

/** Sinatra says what is wrong in a line of text, nginx in a page. */
function firstLine(text: string): string {
  const [line = ''] = text.trim().split('\n', 1);
  return line === '' || line.startsWith('<') ? '' : `: ${line.slice(0, 200)}`;
}

function explained(text: string): { code: number | undefined; description: string | undefined } {
  try {
    const { code, description } = JSON.parse(text) as { code?: unknown; description?: unknown };
    return {
      code: typeof code === 'number' ? code : undefined,
      description: typeof description === 'string' ? description : undefined,
    };
  } catch {
    return { code: undefined, description: undefined };
  }
}

function unknownUser({ name, credentials }: DirectorTarget): string {
  if (credentials.kind === 'token') {
    return `${name} does not accept the log-in of ~/.bosh/config any more; run \`bosh -e ${name} log-in\`, or set BOSH_CLIENT and BOSH_CLIENT_SECRET`;
  }
  return `${name} does not accept the credentials of ${credentials.client}; check BOSH_CLIENT and BOSH_CLIENT_SECRET, or run \`bosh -e ${name} log-in\``;
}

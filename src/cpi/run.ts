import { readFileSync, writeSync } from 'node:fs';
import { CloudError } from '../bosh/cloud-error.ts';
import type { Call } from './method.ts';
import { failure, parseRequest, type Request, type Response, success } from './protocol.ts';
import { createRedactor, learnRequest, type Redactor } from './redaction.ts';

/**
 * Answers one CPI call: request on stdin, response on stdout, what happened meanwhile on stderr (a Director streams it to `bosh task --cpi`).
 * Always sets exit status 0 once a response was printed: `bosh create-env` reads no response after another one.
 * @param args command line after `cpi`: `--config FILE`
 */
export async function runCpi(args: readonly string[]): Promise<void> {
  const redactor = createRedactor();
  const response = await answer(readStdin(), args, redactor);
  writeAll(1, JSON.stringify(response));
}

/** The answer to a request; every failure becomes one. */
async function answer(text: string, args: readonly string[], redactor: Redactor): Promise<Response> {
  const started = performance.now();
  let method = '?';
  const log = (line: string) => writeAll(2, `${new Date().toISOString()} ${method} ${redactor.redact(line)}\n`);
  const took = () => `${method} took ${Math.round(performance.now() - started)} ms`;
  try {
    const request = parseRequest(text);
    method = request.method;
    learnRequest(redactor, method, request.arguments, request.context);
    const result = await dispatch(request, args, redactor, log);
    return success(result, took());
  } catch (error) {
    const { describeFailure } = await import('./failure.ts');
    const { type, message, okToRetry } = describeFailure(error);
    return failure({ type, message: redactor.redact(`${method}: ${message}`), okToRetry }, took());
  }
}

async function dispatch(
  request: Request,
  args: readonly string[],
  redactor: Redactor,
  log: (line: string) => void,
): Promise<unknown> {
  // a Director runs `info` before every other call: it needs no configuration, no cluster and nothing loaded for them
  if (request.method === 'info') return (await import('./methods/info.ts')).info(request.arguments);
  const { findMethod } = await import('./methods/index.ts');
  const method = await findMethod(request.method);
  const { openSessions } = await import('./sessions.ts');
  const sessions = openSessions(configPath(args), request.context, redactor, log);
  try {
    const call: Call = { session: sessions.session, log };
    return await method.run(call, request.arguments);
  } finally {
    sessions.close();
  }
}

function configPath(args: readonly string[]): string {
  const [flag, path, ...rest] = args;
  if (flag !== '--config' || path === undefined || rest.length > 0) {
    throw new CloudError('CpiError', 'command line: expected kubernetes-cpi cpi --config FILE');
  }
  return path;
}

function readStdin(): string {
  try {
    return readFileSync(0, 'utf8');
  } catch (error) {
    // a pipe that its writer left non-blocking has nothing to read yet, a terminal was closed: both are "no request"
    if ((error as NodeJS.ErrnoException).code === 'EOF') return '';
    throw error;
  }
}

/** Writes the whole text: a pipe takes 64 KiB at a time and a response may be longer. */
function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(fd, bytes, written);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EAGAIN') {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
        continue;
      }
      // nobody listens to the log any more: the call itself goes on, so that what it began is finished
      if (code === 'EPIPE' && fd === 2) return;
      throw error;
    }
  }
}

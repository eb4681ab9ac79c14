import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ApiCall } from '../kubernetes/cluster.ts';

/** The console's log: a file, since the screen belongs to the console. */
export interface Log {
  /** Writes a line. Never throws: a full disk must not end the console. */
  write(text: string): void;
  /** Writes a call of the API; what it carried is not known here. */
  call(call: ApiCall): void;
}

/** Beyond this the file becomes `console.log.1`, and the one before it is gone: twice this much on disk at most, in bytes. */
const longestLog = 2_000_000;

/**
 * Opens the log. Several consoles may write to one, each line with its process.
 * @param path the file; its folder is made, for the operator alone
 */
export function openLog(path: string, longest = longestLog): Log {
  let broken = false;

  function write(text: string): void {
    if (broken) return;
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      if (sizeOf(path) > longest) renameSync(path, `${path}.1`);
      const lines = redact(text).trimEnd().replaceAll('\n', '\n  ');
      appendFileSync(path, `${new Date().toISOString()} ${process.pid} ${lines}\n`, { mode: 0o600 });
    } catch {
      broken = true;
    }
  }

  function call({ verb, resource, namespace, name, status, durationMs, attempt }: ApiCall): void {
    const object = [namespace, name].filter((part) => part !== undefined).join('/');
    const again = attempt > 1 ? ` (attempt ${attempt})` : '';
    write([verb, resource, object, status, `${Math.round(durationMs)} ms`].filter(Boolean).join(' ') + again);
  }

  return { write, call };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

const secrets: readonly RegExp[] = [
  // credentials in a URL, as of a proxy
  /(?<=:\/\/[^\s/@:]*:)[^\s/@]+(?=@)/g,
  /(?<=\b(?:Bearer|Basic)\s+)[\w.~+/=-]{8,}/gi,
  // a service account's token
  /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g,
  /(?<=-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]*?(?=-----END|$)/g,
  /(?<=\b(?:password|passwd|token|secret|client-key-data|api[_-]?key)["']?\s*[:=]\s*["']?)[^\s"',;&]+/gi,
];

/** Takes what looks like a secret out of a text: errors of servers, plugins and proxies quote what they were given. */
function redact(text: string): string {
  return secrets.reduce((clean, pattern) => clean.replace(pattern, '<redacted>'), text);
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/root.ts';
import type { CpiResponse } from '../support/process.ts';

/** One call of a recorded session, with the answer that satisfied the caller then. */
export interface RecordedCall {
  /** What the operator did, e.g. `deploy with a persistent disk`. */
  readonly step: string;
  readonly method: string;
  readonly arguments: readonly unknown[];
  readonly context: Readonly<Record<string, unknown>>;
  readonly apiVersion: number | null;
  readonly response: CpiResponse;
}

interface Line {
  readonly step?: string;
  readonly request: {
    readonly method: string;
    readonly arguments: readonly unknown[];
    readonly context: Readonly<Record<string, unknown>>;
    readonly api_version?: number;
  };
  readonly response: CpiResponse;
}

/** Reads a recording: every call of real sessions in their order. They were made with another CPI, whose names and properties are its own. */
export function readRecording(name: 'director' | 'create-env'): readonly RecordedCall[] {
  const file = join(root, 'test/fixtures', name, 'cpi-calls.jsonl');
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  const calls: RecordedCall[] = [];
  let step = '';
  for (const line of lines.map((text) => JSON.parse(text) as Line)) {
    if (line.step !== undefined) {
      step = line.step;
      continue;
    }
    const { method, arguments: args, context, api_version: apiVersion = null } = line.request;
    calls.push({ step, method, arguments: args, context, apiVersion, response: line.response });
  }
  return calls;
}

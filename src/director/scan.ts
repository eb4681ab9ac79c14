import { checkInput, describeFlaws } from '../bosh/schema.ts';
import { scannedAnswer } from './answers.ts';
import { DirectorError } from './errors.ts';
import { createLineReader } from './lines.ts';
import type { Scan } from './model.ts';
import type { Requests } from './requests.ts';
import type { TaskEnd } from './tasks.ts';

/** What the agent of an instance said, or that there is none. */
export interface Scanned {
  /** Of the instance. */
  readonly id: string;
  /** The VM that was asked. */
  readonly cid: string | undefined;
  readonly scan: Scan;
}

/**
 * Reads the result of a scan's task: one line of JSON an instance, some kilobytes each, of which little is kept.
 * @throws DirectorError when the task failed
 */
export async function readScan(requests: Requests, task: TaskEnd, signal?: AbortSignal): Promise<readonly Scanned[]> {
  const path = `/tasks/${task.id}/output?type=result`;
  const operation = { method: 'GET', path, status: 200, code: undefined };
  if (task.state !== 'done') {
    const message = `the scan of ${task.deployment} ended in ${task.state} (task ${task.id}): ${task.result}`;
    throw new DirectorError({ ...operation, message });
  }
  const shape = scannedAnswer(Date.now());
  const found: Scanned[] = [];
  const lines = createLineReader();

  function take(line: string): void {
    const checked = checkInput(shape, parsed(line));
    if ('value' in checked) found.push(checked.value);
    else {
      const message = `the result of task ${task.id} is not understood: ${describeFlaws(checked.flaws)}`;
      throw new DirectorError({ ...operation, message });
    }
  }

  for await (const chunk of requests.stream(path, signal)) lines.push(chunk).forEach(take);
  lines.end().forEach(take);
  return found;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

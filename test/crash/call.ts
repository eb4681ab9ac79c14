import { type CpiEnd, type CpiResponse, type RunningCpi, startCpi } from '../support/process.ts';

/** What came of one CPI process. */
export interface CpiRun extends CpiEnd {
  /** Undefined when it was killed before it answered. */
  readonly response: CpiResponse | undefined;
}

export interface RunningCall extends Omit<RunningCpi, 'done'> {
  readonly done: Promise<CpiRun>;
}

/**
 * Starts a call that may be killed.
 * @param config path of the configuration file
 * @param request object, or the very text
 */
export async function startCall(config: string, request: unknown): Promise<RunningCall> {
  const running = await startCpi(['--config', config], request);
  const done = running.done.then((end) => ({
    ...end,
    response: end.stdout === '' ? undefined : (JSON.parse(end.stdout) as CpiResponse),
  }));
  return { ...running, done };
}

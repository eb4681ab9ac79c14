import test, { type ExecutionContext } from 'ava';
import type { SandboxOptions } from '../../../src/sandbox/sandbox.ts';
import { type ApiUnderTest, backends } from './backends.ts';

/**
 * Registers a test for the embedded API and for a real one.
 * @param options how the embedded cluster is set up
 */
export function onBoth(
  title: string,
  run: (t: ExecutionContext, api: ApiUnderTest) => Promise<void>,
  options?: SandboxOptions,
): void {
  for (const backend of backends) {
    const name = `${backend.name}: ${title}`;
    if (backend.unavailable !== undefined) {
      test.skip(`${name} (${backend.unavailable})`, () => undefined);
      continue;
    }
    test(name, async (t) => {
      const api = await backend.start(options);
      try {
        await run(t, api);
      } finally {
        await api.stop();
      }
    });
  }
}

import type { ExecutionContext } from 'ava';
import { render } from 'ink-testing-library';
import { Screen } from '../../../src/tui/components/screen.tsx';
import { type FakeShell, fakeShell } from '../fake-shell.ts';

type Options = Parameters<typeof fakeShell>[0];

export interface Rendered extends FakeShell {
  /** The screen now, once what was done has been drawn. */
  frame(): Promise<string>;
  /** Sends a chunk as a terminal would. */
  send(chunk: string): Promise<void>;
}

/** The whole screen on an inventory in memory. The library's terminal is 100 columns wide. It goes with the test. */
export async function renderScreen(t: ExecutionContext, options: Options = {}): Promise<Rendered> {
  const fake = await fakeShell(options);
  const { lastFrame, stdin, unmount } = render(<Screen shell={fake.shell} lender={{ take() {} }} />);
  t.teardown(unmount);
  // Ink listens to keys from an effect on.
  await turn();
  return {
    ...fake,
    async frame() {
      await turn();
      return lastFrame() ?? '';
    },
    async send(chunk) {
      stdin.write(chunk);
      await turn();
    },
  };
}

async function turn(): Promise<void> {
  for (let index = 0; index < 3; index++) await new Promise(setImmediate);
}

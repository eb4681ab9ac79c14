import type { Command } from './command.ts';
import type { Key } from './keys.ts';
import { type Shell, say, viewOf } from './shell.ts';
import type { ViewDefinition } from './view.ts';

/** Every command of a view: its own before the shell's. */
export function commandsOf(shell: Shell, view: ViewDefinition = viewOf(shell)): readonly Command[] {
  return [...(view.commands ?? []), ...shell.commands];
}

/** The command a key means in a view: the view's own wins over the shell's. */
export function commandFor(shell: Shell, key: Key): Command | undefined {
  return commandsOf(shell).find(({ keys }) => keys.includes(key));
}

/** Keys that two commands of one list claim, as `key: one, other`; empty when the list is sound. */
export function conflicts(commands: readonly Command[]): readonly string[] {
  const first = new Map<Key, string>();
  const found: string[] = [];
  for (const { id, keys } of commands) {
    for (const key of keys) {
      const other = first.get(key);
      if (other !== undefined) found.push(`${key}: ${other}, ${id}`);
      first.set(key, id);
    }
  }
  return found;
}

/** Why a command cannot run now; undefined when it can. */
export function refusalOf(shell: Shell, command: Command): string | undefined {
  if (command.writes && shell.store.getState().readonly) return 'read-only: nothing here may change the cluster';
  return command.refused?.(shell);
}

/** Runs a command, or says why not: the one gate that keys, words and menus go through. */
export async function runCommand(shell: Shell, command: Command, argument = ''): Promise<void> {
  const refusal = refusalOf(shell, command);
  if (refusal !== undefined) {
    say(shell, refusal, 'problem');
    return;
  }
  try {
    await command.run(shell, argument);
  } catch (error) {
    say(shell, error instanceof Error ? error.message : String(error), 'problem');
  }
}

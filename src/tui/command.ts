import type { Key } from './keys.ts';
import type { Shell } from './shell.ts';

/** Headings of the help. */
export const groups = ['This view', 'Move', 'Table', 'Go to', 'Console'] as const;

export type Group = (typeof groups)[number];

/** Something a key or a word does. Help, footer, completion and the action menu are made of these. */
export interface Command {
  /** `<what>.<does>`, e.g. `nav.down`. */
  readonly id: string;
  readonly title: string;
  readonly group: Group;
  readonly keys: readonly Key[];
  /** What `:` takes for it, the first being proposed. */
  readonly words?: readonly string[];
  /** What may follow the word. */
  readonly argument?: { readonly name: string; readonly values: (shell: Shell) => readonly string[] };
  /** Label in the footer, for the few that matter most. */
  readonly hint?: string;
  /** It is about the selected row: the action menu has it. */
  readonly onRow?: true;
  /** It changes the cluster, or may: refused in read-only mode. */
  readonly writes?: true;
  /** Why it cannot run now; undefined when it can. */
  refused?(shell: Shell): string | undefined;
  run(shell: Shell, argument: string): void | Promise<void>;
}

/** Names of keys as an operator knows them. */
const keyNames: Readonly<Record<Key, string>> = {
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  pageup: 'pgup',
  pagedown: 'pgdn',
  'shift-left': 'shift-←',
  'shift-right': 'shift-→',
};

/** A key as help and footer write it. */
export function keyLabel(key: Key): string {
  return keyNames[key] ?? key;
}

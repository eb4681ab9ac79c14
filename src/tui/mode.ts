import { editorOf } from './editor.ts';
import type { Shell } from './shell.ts';
import type { Choice, Mode } from './state.ts';

/** What has the keys; undefined when the view has them. */
export function modeOf(shell: Shell): Mode | undefined {
  return shell.store.getState().modes.at(-1);
}

/** Gives the keys to a mode above the others. */
export function push({ store }: Shell, mode: Mode): void {
  store.setState(({ modes }) => ({ modes: [...modes, mode] }));
}

/** Changes the uppermost mode. */
export function replace({ store }: Shell, mode: Mode): void {
  store.setState(({ modes }) => ({ modes: [...modes.slice(0, -1), mode] }));
}

/** Takes the uppermost mode away. */
export function pop({ store }: Shell): void {
  store.setState(({ modes }) => ({ modes: modes.slice(0, -1) }));
}

/** Asks the operator to choose one of several. */
export function ask(shell: Shell, title: string, choices: readonly Choice[]): void {
  push(shell, { kind: 'sheet', title, choices, editor: editorOf(''), index: 0 });
}

/** The choices of a sheet that what was typed leaves. */
export function choicesLeft({ choices, editor }: Extract<Mode, { kind: 'sheet' }>): readonly Choice[] {
  const wanted = editor.text.toLowerCase();
  return choices.filter(({ label, hint }) => `${label} ${hint}`.toLowerCase().includes(wanted));
}

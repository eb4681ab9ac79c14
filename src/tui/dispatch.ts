import { pasteInAction, pressInAction } from './action.ts';
import { commandOfLine, ghostOf, proposals } from './completion.ts';
import { type Editor, editLine, editorOf, insertText } from './editor.ts';
import { commandFor, runCommand } from './keymap.ts';
import type { Key } from './keys.ts';
import { choicesLeft, modeOf, pop, replace } from './mode.ts';
import { move, movePages } from './move.ts';
import { hasTable } from './rows.ts';
import { changeView, type Shell, say, viewOf } from './shell.ts';
import type { Choice, Mode } from './state.ts';
import { clampIndex } from './window.ts';

type ModeOf<K extends Mode['kind']> = Extract<Mode, { kind: K }>;

/** Keys that mean the same whatever has the keys. */
const always: readonly Key[] = ['ctrl-c', 'ctrl-z', 'ctrl-l'];

/** Does what a key means now: for the uppermost mode, else for the view on the screen. */
export function pressKey(shell: Shell, key: Key): void {
  if (shell.store.getState().toast !== undefined) shell.store.setState({ toast: undefined });
  const mode = always.includes(key) ? undefined : modeOf(shell);
  switch (mode?.kind) {
    case undefined:
      pressInView(shell, key);
      break;
    case 'filter':
      pressInFilter(shell, mode, key);
      break;
    case 'command':
      pressInCommand(shell, mode, key);
      break;
    case 'help':
      pressInHelp(shell, mode, key);
      break;
    case 'sheet':
      pressInSheet(shell, mode, key);
      break;
    case 'action':
      pressInAction(shell, key);
  }
}

/** Takes a pasted text: into the line being typed, never as keys. */
export function paste(shell: Shell, text: string): void {
  const mode = modeOf(shell);
  if (mode === undefined) say(shell, 'press / or : first: what is pasted goes into a filter or the command line');
  else if (mode.kind === 'action') pasteInAction(shell, text);
  else edit(shell, mode, insertText(mode.editor, text));
}

function pressInView(shell: Shell, key: Key): void {
  const command = commandFor(shell, key);
  if (command !== undefined) void runCommand(shell, command);
}

function pressInFilter(shell: Shell, mode: ModeOf<'filter'>, key: Key): void {
  if (key === 'enter' || key === 'esc') {
    changeView(shell, { filter: key === 'enter' ? mode.editor.text : mode.before });
    pop(shell);
  } else if (!moved(shell, key)) edit(shell, mode, editLine(mode.editor, key));
}

function pressInCommand(shell: Shell, mode: ModeOf<'command'>, key: Key): void {
  const { text, cursor } = mode.editor;
  const ghost = cursor === text.length ? ghostOf(shell, text) : '';
  if (key === 'esc' || (key === 'backspace' && text === '')) pop(shell);
  else if (key === 'enter') runLine(shell, text);
  else if (key === 'tab' || (ghost !== '' && (key === 'right' || key === 'ctrl-e' || key === 'end'))) {
    edit(shell, mode, editorOf(text + ghost));
  } else edit(shell, mode, editLine(mode.editor, key));
}

function runLine(shell: Shell, line: string): void {
  pop(shell);
  if (line.trim() === '') return;
  // Enter takes what the ghost proposes, as k9s does: `:ev` opens the events.
  const found = commandOfLine(shell, line) ?? commandOfLine(shell, proposals(shell, line)[0]?.line ?? '');
  if (found === undefined) say(shell, `no view or command ${line.trim()}; ? lists them`, 'problem');
  else void runCommand(shell, found.command, found.argument);
}

function pressInHelp(shell: Shell, mode: ModeOf<'help'>, key: Key): void {
  if (mode.typing) {
    if (key === 'enter') replace(shell, { ...mode, typing: false });
    else if (key === 'esc') replace(shell, { ...mode, typing: false, editor: editorOf('') });
    else edit(shell, mode, editLine(mode.editor, key));
    return;
  }
  const by = helpSteps(Math.max(1, shell.viewport.height - 1))[key];
  if (by !== undefined) {
    const lowest = Math.max(0, shell.viewport.length - shell.viewport.height);
    replace(shell, { ...mode, top: Math.max(0, Math.min(mode.top + by, lowest)) });
  } else if (key === '/') replace(shell, { ...mode, typing: true, top: 0 });
  else if (key === 'esc' && mode.editor.text !== '') replace(shell, { ...mode, editor: editorOf(''), top: 0 });
  else if (key === 'esc' || key === '?' || key === 'q') pop(shell);
}

function helpSteps(page: number): Readonly<Record<Key, number>> {
  const [all, one] = [Number.MAX_SAFE_INTEGER, 1];
  return {
    j: one,
    down: one,
    k: -one,
    up: -one,
    pagedown: page,
    space: page,
    pageup: -page,
    g: -all,
    home: -all,
    G: all,
    end: all,
  };
}

const sheetSteps: Readonly<Record<Key, number>> = {
  down: 1,
  'ctrl-n': 1,
  up: -1,
  'ctrl-p': -1,
  pagedown: 10,
  pageup: -10,
};

function pressInSheet(shell: Shell, mode: ModeOf<'sheet'>, key: Key): void {
  const choices = choicesLeft(mode);
  const by = sheetSteps[key];
  if (by !== undefined) replace(shell, { ...mode, index: clampIndex(mode.index + by, choices.length) });
  else if (key === 'esc') pop(shell);
  else if (key === 'enter') choose(shell, choices[mode.index]);
  else edit(shell, mode, editLine(mode.editor, key));
}

function choose(shell: Shell, choice: Choice | undefined): void {
  if (choice === undefined) return;
  if (choice.refused !== undefined) {
    say(shell, choice.refused, 'problem');
    return;
  }
  pop(shell);
  choice.run();
}

function edit(shell: Shell, mode: Exclude<Mode, { kind: 'action' }>, editor: Editor): void {
  if (editor === mode.editor) return;
  replace(shell, mode.kind === 'sheet' ? { ...mode, editor, index: 0 } : { ...mode, editor });
  // While a filter is typed the table already shows what it leaves.
  if (mode.kind === 'filter') changeView(shell, { filter: editor.text, ...(hasTable(viewOf(shell)) && { top: 0 }) });
}

/** The table can be moved through while its filter is typed. */
function moved(shell: Shell, key: Key): boolean {
  const by = { up: -1, down: 1 }[key];
  if (by !== undefined) move(shell, by);
  else if (key === 'pageup' || key === 'pagedown') movePages(shell, key === 'pageup' ? -1 : 1);
  else return false;
  return true;
}

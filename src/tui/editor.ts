import { characterOf, type Key } from './keys.ts';
import { printable } from './text.ts';

/** One line being typed. */
export interface Editor {
  readonly text: string;
  /** Where the next character goes, in UTF-16 units. */
  readonly cursor: number;
}

/** A line with the cursor at its end. */
export function editorOf(text: string): Editor {
  return { text, cursor: text.length };
}

/** The line after a key; the same object when the key means nothing to a line. Keys as in readline. */
export function editLine(editor: Editor, key: Key): Editor {
  const { text, cursor } = editor;
  switch (key) {
    case 'left':
    case 'ctrl-b':
      return { text, cursor: before(text, cursor) };
    case 'right':
    case 'ctrl-f':
      return { text, cursor: after(text, cursor) };
    case 'home':
    case 'ctrl-a':
      return { text, cursor: 0 };
    case 'end':
    case 'ctrl-e':
      return editorOf(text);
    case 'backspace':
      return remove(text, before(text, cursor), cursor);
    case 'delete':
    case 'ctrl-d':
      return remove(text, cursor, after(text, cursor));
    case 'ctrl-w':
      return remove(text, text.slice(0, cursor).search(/\S*\s*$/), cursor);
    case 'ctrl-u':
      return remove(text, 0, cursor);
    case 'ctrl-k':
      return remove(text, cursor, text.length);
    default: {
      const character = characterOf(key);
      return character === undefined ? editor : insertText(editor, character);
    }
  }
}

/** The line with a text put in at the cursor; a pasted one becomes a single line. */
export function insertText({ text, cursor }: Editor, inserted: string): Editor {
  const line = printable(inserted);
  return { text: text.slice(0, cursor) + line + text.slice(cursor), cursor: cursor + line.length };
}

function remove(text: string, from: number, to: number): Editor {
  return { text: text.slice(0, from) + text.slice(to), cursor: from };
}

const graphemes = new Intl.Segmenter();

function before(text: string, cursor: number): number {
  const last = [...graphemes.segment(text.slice(0, cursor))].at(-1);
  return last?.index ?? 0;
}

function after(text: string, cursor: number): number {
  const [next] = graphemes.segment(text.slice(cursor));
  return cursor + (next?.segment.length ?? 0);
}

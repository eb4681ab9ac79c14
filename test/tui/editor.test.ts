import test from 'ava';
import fc from 'fast-check';
import { type Editor, editLine, editorOf, insertText } from '../../src/tui/editor.ts';

function type(editor: Editor, ...keys: readonly string[]): Editor {
  return keys.reduce(editLine, editor);
}

test('typing, moving and deleting as in a shell', (t) => {
  t.deepEqual(type(editorOf(''), 'v', 'm', 's'), { text: 'vms', cursor: 3 });
  t.deepEqual(type(editorOf('vms'), 'home', ':', 'right', 'backspace'), { text: ':ms', cursor: 1 });
  t.deepEqual(type(editorOf('ns bosh-prod'), 'ctrl-w'), { text: 'ns ', cursor: 3 });
  t.deepEqual(type(editorOf('ns bosh  '), 'ctrl-w'), { text: 'ns ', cursor: 3 });
  t.deepEqual(type(editorOf('ns bosh'), 'left', 'left', 'ctrl-k'), { text: 'ns bo', cursor: 5 });
  t.deepEqual(type(editorOf('ns bosh'), 'left', 'left', 'ctrl-u'), { text: 'sh', cursor: 0 });
  t.deepEqual(type(editorOf('ab'), 'home', 'delete', 'space'), { text: ' b', cursor: 1 });
});

test('one backspace takes one character as people see it', (t) => {
  t.deepEqual(type(editorOf('a👩‍🚀'), 'backspace'), { text: 'a', cursor: 1 });
});

test('a key that means nothing to a line leaves the line itself', (t) => {
  const editor = editorOf('x');
  t.is(editLine(editor, 'pageup'), editor);
  t.is(editLine(editor, 'tab'), editor);
});

test('a pasted text becomes one line, without what would steer the terminal', (t) => {
  t.deepEqual(insertText({ text: 'ab', cursor: 1 }, 'x\r\ny\x1b[2J'), { text: 'ax y [2Jb', cursor: 8 });
});

test('the cursor stays in the line whatever is typed', (t) => {
  const keys = [
    'a',
    '👩‍🚀',
    'space',
    'left',
    'right',
    'home',
    'end',
    'backspace',
    'delete',
    'ctrl-w',
    'ctrl-u',
    'ctrl-k',
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...keys)), (typed) => {
      const { text, cursor } = type(editorOf(''), ...typed);
      return cursor >= 0 && cursor <= text.length;
    }),
  );
  t.pass();
});

/** What Ink tells of one input event. */
interface InkKey {
  readonly upArrow: boolean;
  readonly downArrow: boolean;
  readonly leftArrow: boolean;
  readonly rightArrow: boolean;
  readonly pageDown: boolean;
  readonly pageUp: boolean;
  readonly home: boolean;
  readonly end: boolean;
  readonly return: boolean;
  readonly escape: boolean;
  readonly ctrl: boolean;
  readonly shift: boolean;
  readonly tab: boolean;
  readonly backspace: boolean;
  readonly delete: boolean;
  readonly meta: boolean;
}

/**
 * A key by name: `j`, `G`, `space`, `enter`, `esc`, `tab`, `backspace`, `delete`, `up`, `pagedown`, `home`, ...; with `ctrl-` or `shift-` before it.
 */
export type Key = string;

const named: readonly (readonly [keyof InkKey, Key])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageDown', 'pagedown'],
  ['pageUp', 'pageup'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'esc'],
  ['tab', 'tab'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
];

const graphemes = new Intl.Segmenter();

/**
 * The keys of one input event. A terminal sends what was typed since it was last read as one chunk, so `jj` or `:q` and Enter may come as one event,
 * and key repeat over SSH makes that the rule.
 * @param input the event's text
 * @param key what Ink recognised
 */
export function splitKeys(input: string, key: InkKey): readonly Key[] {
  const name = named.find(([flag]) => key[flag])?.[1];
  if (name !== undefined) return [modified(name, key)];
  if (key.ctrl) return input === '' ? [] : [`ctrl-${input === ' ' ? 'space' : input}`];
  const typed = [...graphemes.segment(input)].flatMap(({ segment }) => keyOf(segment));
  // Esc and the key after it arrive as one when they were typed within a chunk; no command is bound to Alt.
  return key.meta && typed.length > 0 ? ['esc', ...typed] : typed;
}

function modified(name: Key, { ctrl, shift }: InkKey): Key {
  return `${ctrl ? 'ctrl-' : ''}${shift ? 'shift-' : ''}${name}`;
}

function keyOf(character: string): readonly Key[] {
  if (character === '\r' || character === '\n' || character === '\r\n') return ['enter'];
  if (character === '\t') return ['tab'];
  if (character === '\x1b') return ['esc'];
  if (character === '\x7f' || character === '\b') return ['backspace'];
  if (character === ' ') return ['space'];
  if (character < ' ') return [`ctrl-${String.fromCharCode(character.charCodeAt(0) + 0x60)}`];
  return [character];
}

/** The character a key types; undefined when it types none. */
export function characterOf(key: Key): string | undefined {
  if (key === 'space') return ' ';
  return [...graphemes.segment(key)].length === 1 ? key : undefined;
}

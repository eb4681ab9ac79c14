/** What a terminal sends for the keys that have no character of their own (xterm, cursor keys in normal mode). */
const sequences: Readonly<Record<string, string>> = {
  enter: '\r',
  escape: '\x1b',
  tab: '\t',
  'shift-tab': '\x1b[Z',
  space: ' ',
  backspace: '\x7f',
  delete: '\x1b[3~',
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  'shift-right': '\x1b[1;2C',
  'shift-left': '\x1b[1;2D',
  home: '\x1b[H',
  end: '\x1b[F',
  pageup: '\x1b[5~',
  pagedown: '\x1b[6~',
};

/**
 * What the terminal sends for a key: one character, `ctrl-x`, `alt-x`, or a name as `enter` and `shift-tab`.
 * @throws for a name it does not know
 */
export function sequenceOf(key: string): string {
  const known = sequences[key];
  if (known !== undefined) return known;
  if ([...key].length === 1) return key;
  const [, modifier, rest = ''] = /^(ctrl|alt)-(.+)$/.exec(key) ?? [];
  if (modifier === 'alt') return `\x1b${sequenceOf(rest)}`;
  // Control takes the three upper bits away: ctrl-a is 1, ctrl-] is 29.
  if (modifier === 'ctrl' && /^[a-z[\]\\^_@]$/.test(rest)) {
    return String.fromCharCode(rest.toUpperCase().charCodeAt(0) & 0x1f);
  }
  throw new Error(`no key ${key}; known: ${Object.keys(sequences).join(', ')}, ctrl-x, alt-x, single characters`);
}

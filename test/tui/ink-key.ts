type InkKey = Parameters<typeof import('../../src/tui/keys.ts').splitKeys>[1];

/** What Ink tells beside the text of an event; nothing unless given. */
export function inkKey(flags: Partial<InkKey> = {}): InkKey {
  return {
    upArrow: false,
    downArrow: false,
    leftArrow: false,
    rightArrow: false,
    pageDown: false,
    pageUp: false,
    home: false,
    end: false,
    return: false,
    escape: false,
    ctrl: false,
    shift: false,
    tab: false,
    backspace: false,
    delete: false,
    meta: false,
    ...flags,
  };
}

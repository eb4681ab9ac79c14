/** What a piece of text is, never which colour it has: themes say that. */
export type Role =
  | 'text'
  | 'dim'
  | 'accent'
  | 'heading'
  | 'good'
  | 'busy'
  | 'problem'
  | 'selected'
  | 'match'
  | 'cursor'
  | 'rule'
  | 'badge'
  | 'warning-badge';

/** How Ink draws a role. */
export interface Look {
  readonly color?: string;
  readonly backgroundColor?: string;
  readonly bold?: boolean;
  readonly dimColor?: boolean;
  readonly inverse?: boolean;
  readonly underline?: boolean;
}

export type Theme = Readonly<Record<Role, Look>>;

/** For dark and light terminals, and one without any colour. */
export const themeNames = ['dark', 'light', 'mono'] as const;

export type ThemeName = (typeof themeNames)[number];

const mono: Theme = {
  text: {},
  dim: { dimColor: true },
  accent: { bold: true },
  heading: { bold: true },
  good: {},
  busy: { underline: true },
  problem: { bold: true },
  selected: { inverse: true },
  match: { underline: true },
  cursor: { inverse: true },
  rule: { dimColor: true },
  badge: { bold: true },
  'warning-badge': { inverse: true },
};

// Foregrounds are of the terminal's own sixteen where those are readable on its background; red is for what needs a person, and for nothing else.
const dark: Theme = {
  text: {},
  dim: { color: 'ansi256(245)' },
  accent: { color: 'cyan' },
  heading: { bold: true },
  good: { color: 'green' },
  busy: { color: 'yellow' },
  problem: { color: 'redBright' },
  selected: { backgroundColor: 'ansi256(238)', bold: true },
  match: { underline: true },
  cursor: { inverse: true },
  rule: { color: 'ansi256(240)' },
  badge: { color: 'black', backgroundColor: 'cyan' },
  'warning-badge': { color: 'black', backgroundColor: 'yellow' },
};

const light: Theme = {
  ...dark,
  dim: { color: 'ansi256(242)' },
  accent: { color: 'ansi256(25)' },
  good: { color: 'ansi256(28)' },
  busy: { color: 'ansi256(130)' },
  problem: { color: 'ansi256(160)' },
  selected: { backgroundColor: 'ansi256(252)', bold: true },
  rule: { color: 'ansi256(250)' },
  badge: { color: 'white', backgroundColor: 'ansi256(25)' },
  'warning-badge': { color: 'black', backgroundColor: 'ansi256(214)' },
};

export const themes: Readonly<Record<ThemeName, Theme>> = { dark, light, mono };

/**
 * The theme to begin with.
 * @param asked by flag or configuration; wins
 * @param env NO_COLOR (https://no-color.org, which Ink does not heed), and COLORFGBG, by which some terminals tell their background
 * @param depth bits of colour the terminal has, as `getColorDepth` says: what a theme has for 256 colours cannot be read in eight
 */
export function themeOf(asked: ThemeName | undefined, env: NodeJS.ProcessEnv, depth: number): ThemeName {
  if (asked !== undefined) return asked;
  if ((env.NO_COLOR !== undefined && env.NO_COLOR !== '') || depth < 8) return 'mono';
  const background = Number(env.COLORFGBG?.split(';').at(-1) ?? Number.NaN);
  return background === 7 || background === 15 ? 'light' : 'dark';
}

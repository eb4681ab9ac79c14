import type { IBuffer, IBufferCell, Terminal } from '@xterm/headless';

/** A run of characters that look alike. */
interface Run {
  readonly column: number;
  text: string;
  width: number;
  readonly look: Look;
}

interface Look {
  readonly foreground: string;
  readonly background: string | undefined;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
}

const CELL = { width: 8.4, height: 18 } as const;
const MARGIN = 14;
const FONT = "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace";
const PAPER = '#16181d';
const INK = '#d5d8de';

/** The sixteen colours that a terminal is free to choose. */
const PALETTE = [
  ...['#1d1f21', '#e06c75', '#98c379', '#e5c07b', '#61afef', '#c678dd', '#56b6c2', '#c8ccd4'],
  ...['#7f848e', '#ef7a85', '#a9d68a', '#f0d197', '#78bdf5', '#d68ae8', '#6ccad6', '#ffffff'],
];

/**
 * The screen of a terminal as an SVG picture, its text as text.
 * @param title what the picture shows, for those who cannot see it
 */
export function screenAsSvg(terminal: Terminal, title: string): string {
  const { active } = terminal.buffer;
  const width = Math.round(terminal.cols * CELL.width + 2 * MARGIN);
  const height = terminal.rows * CELL.height + 2 * MARGIN;
  const rows = Array.from({ length: terminal.rows }, (_, row) => drawRow(runsOf(active, row), row));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${inMarkup(title)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="${PAPER}"/>`,
    `<g font-family="${FONT}" font-size="14" fill="${INK}" xml:space="preserve">`,
    ...rows.filter((row) => row !== ''),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function drawRow(runs: readonly Run[], row: number): string {
  const top = MARGIN + row * CELL.height;
  return runs.map((run) => draw(run, top)).join('');
}

function draw({ column, text, width, look }: Run, top: number): string {
  const x = round(MARGIN + column * CELL.width);
  const wide = round(width * CELL.width);
  const back =
    look.background === undefined
      ? ''
      : `<rect x="${x}" y="${top}" width="${wide}" height="${CELL.height}" fill="${look.background}"/>`;
  if (text.trim() === '') return back;
  const style = [
    look.foreground === INK ? '' : ` fill="${look.foreground}"`,
    look.bold ? ' font-weight="bold"' : '',
    look.dim ? ' opacity="0.6"' : '',
    look.italic ? ' font-style="italic"' : '',
    look.underline ? ' text-decoration="underline"' : '',
  ].join('');
  // the length is given, so that every font keeps the columns
  return `${back}<text x="${x}" y="${top + 13}" textLength="${wide}" lengthAdjust="spacingAndGlyphs"${style}>${inMarkup(text)}</text>`;
}

function runsOf(buffer: IBuffer, row: number): readonly Run[] {
  const line = buffer.getLine(buffer.baseY + row);
  const runs: Run[] = [];
  for (let column = 0; line !== undefined && column < line.length; column++) {
    const cell = line.getCell(column);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const look = lookOf(cell);
    const last = runs.at(-1);
    const characters = cell.getChars() || ' ';
    if (last !== undefined && sameLook(last.look, look)) {
      last.text += characters;
      last.width += cell.getWidth();
    } else runs.push({ column, text: characters, width: cell.getWidth(), look });
  }
  return runs.flatMap(trimmed).filter(({ text, look }) => text !== '' || look.background !== undefined);
}

/** Without blanks at its ends, where nothing is behind them. */
function trimmed(run: Run): readonly Run[] {
  if (run.look.background !== undefined || run.look.underline) return [run];
  const start = run.text.length - run.text.trimStart().length;
  const text = run.text.trim();
  if (text === '') return [];
  const blanks = run.text.length - text.length;
  return [{ ...run, column: run.column + start, text, width: run.width - blanks }];
}

function lookOf(cell: IBufferCell): Look {
  const own = colour(cell, 'Fg') ?? INK;
  const behind = colour(cell, 'Bg');
  const inverse = cell.isInverse() !== 0;
  return {
    foreground: inverse ? (behind ?? PAPER) : own,
    background: inverse ? own : behind,
    bold: cell.isBold() !== 0,
    dim: cell.isDim() !== 0,
    italic: cell.isItalic() !== 0,
    underline: cell.isUnderline() !== 0,
  };
}

function colour(cell: IBufferCell, which: 'Fg' | 'Bg'): string | undefined {
  const value = which === 'Fg' ? cell.getFgColor() : cell.getBgColor();
  if (which === 'Fg' ? cell.isFgDefault() : cell.isBgDefault()) return undefined;
  if (which === 'Fg' ? cell.isFgRGB() : cell.isBgRGB()) return `#${value.toString(16).padStart(6, '0')}`;
  return PALETTE[value] ?? extended(value);
}

/** The colours from 16 on, which are the same everywhere: a cube of six levels and a scale of greys. */
function extended(value: number): string {
  if (value >= 232) return hex(Array(3).fill(8 + (value - 232) * 10));
  const level = (step: number) => (step === 0 ? 0 : 55 + step * 40);
  const at = value - 16;
  return hex([Math.floor(at / 36), Math.floor(at / 6) % 6, at % 6].map(level));
}

function hex(parts: readonly number[]): string {
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

function sameLook(one: Look, other: Look): boolean {
  return (Object.keys(one) as (keyof Look)[]).every((key) => one[key] === other[key]);
}

function inMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

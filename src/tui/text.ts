import stringWidth from 'string-width';

const ascii = /^[\x20-\x7e]*$/;

// Names and messages come from the cluster: an escape sequence in an event's message must not reach the terminal.
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is taken out
const control = /[\x00-\x1f\x7f-\x9f]+/g;

const graphemes = new Intl.Segmenter();

/** Columns a text takes in a terminal. */
export function widthOf(text: string): number {
  return ascii.test(text) ? text.length : stringWidth(text);
}

/** One line of what may be several, without what would steer the terminal. */
export function printable(text: string): string {
  return ascii.test(text) ? text : text.replace(control, ' ');
}

/** The text in exactly so many columns: padded, or cut with an ellipsis. */
export function fitText(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  if (width <= 0) return '';
  const line = printable(text);
  const own = widthOf(line);
  if (own > width) return cut(line, width);
  const padding = ' '.repeat(width - own);
  return align === 'right' ? padding + line : line + padding;
}

function cut(line: string, width: number): string {
  if (ascii.test(line)) return `${line.slice(0, width - 1)}…`;
  let kept = '';
  let used = 0;
  for (const { segment } of graphemes.segment(line)) {
    const own = stringWidth(segment);
    if (used + own > width - 1) break;
    kept += segment;
    used += own;
  }
  // A wide character may leave one column over.
  return `${kept}…${' '.repeat(width - 1 - used)}`;
}

/** Lines no wider than that, broken at spaces where there are any. */
export function wrapWords(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of printable(text).split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (widthOf(longer) <= width) line = longer;
    else {
      if (line !== '') lines.push(line);
      line = widthOf(word) <= width ? word : fitText(word, width);
    }
  }
  return line === '' && lines.length > 0 ? lines : [...lines, line];
}

/** Lines no wider than that, broken at spaces; a word that is wider, as an image with its digest, goes on below instead of being cut. */
export function wrapText(text: string, width: number): readonly string[] {
  const words = printable(text).split(' ');
  const parts = words.flatMap((word) => hardWrap(word, width));
  return wrapWords(parts.join(' '), width);
}

/** Text broken wherever the line is full, as YAML and logs are: at spaces would change what is read. */
export function hardWrap(text: string, width: number): readonly string[] {
  if (text.length <= width) return [text];
  return Array.from({ length: Math.ceil(text.length / width) }, (_, index) =>
    text.slice(index * width, (index + 1) * width),
  );
}

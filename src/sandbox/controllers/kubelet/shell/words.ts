/** One command of a line, and what of the one before it lets it run. */
export interface SplitCommand {
  readonly words: readonly string[];
  readonly when: ';' | '&&' | '||';
}

const TOKEN = /\s+|&&|\|\||;|\d?>&?\d?|[|<&]|"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\;&|<>]+/gs;

/** Splits a line as a shell does, as far as a toy goes: quotes and separators; a pipe or redirection takes the rest of its command away. */
export function splitCommands(line: string): readonly SplitCommand[] {
  const commands: SplitCommand[] = [];
  let words: string[] = [];
  let word: string | undefined;
  let when: SplitCommand['when'] = ';';
  let ignoring = false;
  const endWord = () => {
    if (word !== undefined && !ignoring) words.push(word);
    word = undefined;
  };
  const endCommand = (next: SplitCommand['when']) => {
    endWord();
    if (words.length > 0) commands.push({ words, when });
    words = [];
    ignoring = false;
    when = next;
  };
  for (const [token] of line.matchAll(TOKEN)) {
    if (token === ';' || token === '&&' || token === '||') endCommand(token);
    else if (/^\s/.test(token)) {
      endWord();
      if (token.includes('\n')) endCommand(';');
    } else if (/^(\d?>|[|<&])/.test(token)) {
      endWord();
      ignoring = true;
    } else word = (word ?? '') + unquote(token);
  }
  endCommand(';');
  return commands;
}

function unquote(token: string): string {
  if (token.startsWith("'")) return token.slice(1, -1);
  if (token.startsWith('"')) return token.slice(1, -1).replace(/\\(["\\$`])/g, '$1');
  return token.startsWith('\\') ? token.slice(1) : token;
}

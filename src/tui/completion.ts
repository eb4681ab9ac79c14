import type { Command } from './command.ts';
import { commandsOf } from './keymap.ts';
import { type Shell, sessionOf } from './shell.ts';

/** A proposal of the command line: the whole line it would make, and what that does. */
export interface Proposal {
  readonly line: string;
  readonly about: string;
}

/** What a command line can become; those that begin with what was typed, words before arguments. */
export function proposals(shell: Shell, typed: string): readonly Proposal[] {
  const { word, argument } = parseLine(typed);
  const commands = [...commandsOf(shell)].sort((a, b) => weight(a) - weight(b));
  if (argument === undefined) {
    const aliases = Object.entries(aliasesOf(shell)).filter(([alias]) => alias.startsWith(word));
    const own = commands.flatMap(({ words = [], title }) => {
      const line = words.find((own) => own.startsWith(word));
      return line === undefined ? [] : [{ line, about: title }];
    });
    return [...own, ...aliases.map(([line, meaning]) => ({ line, about: meaning }))];
  }
  const command = commandNamed(commands, word);
  const values = command?.argument?.values(shell) ?? [];
  return values
    .filter((value) => value.startsWith(argument))
    .map((value) => ({ line: `${word} ${value}`, about: command?.title ?? '' }));
}

/** Places first: those are what the command line is for. What changes the cluster comes last: Enter takes the first proposal. */
function weight({ group, writes }: Command): number {
  return group === 'Go to' ? 0 : writes ? 2 : 1;
}

/** What would complete the line, to be shown behind the cursor; empty when nothing would. */
export function ghostOf(shell: Shell, typed: string): string {
  if (typed === '') return '';
  return proposals(shell, typed)[0]?.line.slice(typed.length) ?? '';
}

/** The command a line names, and what follows; undefined when there is no such command. */
export function commandOfLine(shell: Shell, line: string): { command: Command; argument: string } | undefined {
  const typed = parseLine(line.trim());
  const alias = aliasesOf(shell)[typed.word];
  const { word, argument } = alias === undefined ? typed : parseLine(`${alias} ${typed.argument ?? ''}`.trim());
  const command = commandNamed(commandsOf(shell), word);
  return command === undefined ? undefined : { command, argument: argument?.trim() ?? '' };
}

function aliasesOf(shell: Shell): Readonly<Record<string, string>> {
  return sessionOf(shell.store.getState())?.preferences.aliases ?? {};
}

function commandNamed(commands: readonly Command[], word: string): Command | undefined {
  return commands.find(({ words }) => words?.includes(word));
}

function parseLine(line: string): { word: string; argument: string | undefined } {
  const text = line.trimStart();
  const space = text.indexOf(' ');
  return space < 0
    ? { word: text, argument: undefined }
    : { word: text.slice(0, space), argument: text.slice(space + 1).trimStart() };
}

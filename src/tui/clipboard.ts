/** More makes terminals drop the sequence or the connection: xterm's limit, which k9s and tmux keep to as well. */
const longest = 74_994;

/**
 * The sequence by which a terminal takes a text into the clipboard of the machine it runs on, also through SSH (OSC 52).
 * @returns undefined when the text is too long for it
 */
export function copySequence(text: string): string | undefined {
  const encoded = Buffer.from(text).toString('base64');
  return encoded.length > longest ? undefined : `\x1b]52;c;${encoded}\x07`;
}

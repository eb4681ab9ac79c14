/** How many lines a `tail -f` of the agent's log begins with; undefined for any other command. */
export function followedLines(command: string): number | undefined {
  const [, options] = /\btail\b((?:\s+(?:-\S+|\d+))*\s+-\w*[fF]\b.*)/.exec(command) ?? [];
  if (options === undefined || !command.includes('/var/vcap/bosh/log/current')) return undefined;
  return Number(/-n\s*(\d+)/.exec(command)?.[1] ?? 10);
}

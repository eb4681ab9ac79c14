/** Texts that occur again and again (nodes, images, deployments), each kept once. */
export type Intern = (text: string) => string;

/** Beyond this the texts are not of the kind that repeats. */
const most = 50_000;

export function createIntern(): Intern {
  const known = new Map<string, string>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    if (known.size < most) known.set(text, text);
    return text;
  };
}

/** The parts of a row's command that begins an action: it has no key, and is chosen from the menu or typed. */
export function words(about: 'disk' | 'machine', name: string, title: string) {
  return {
    id: `${about}.${name}`,
    title,
    group: 'This view',
    keys: [],
    words: [name],
    onRow: true,
    writes: true,
  } as const;
}

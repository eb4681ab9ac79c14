import type { Command } from '../command.ts';
import { open } from '../history.ts';
import { changeView } from '../shell.ts';
import type { ViewDefinition } from '../view.ts';

/** A command for each view that can be opened by name; what follows the name is a filter, e.g. `:vms -l deployment=cf`. */
export function openers(views: readonly ViewDefinition[]): readonly Command[] {
  return views
    .filter(({ detail }) => !detail)
    .map(({ name, title, aliases, about, key, table }) => ({
      id: `view.${name}`,
      title: `${title}: ${about}`,
      group: 'Go to',
      keys: key === undefined ? [] : [key],
      words: [name, ...aliases],
      ...(table === undefined ? {} : { argument: { name: 'FILTER', values: () => [] } }),
      run(shell, filter) {
        open(shell, { view: name });
        if (filter !== '' && table !== undefined) changeView(shell, { filter: filter.replace(/^\//, ''), top: 0 });
      },
    }));
}

import { routeOf, type Shell } from './shell.ts';
import { type Route, routeKey, type ShellState } from './state.ts';

/** Routes kept to go back to. */
const most = 50;

/** Goes to a route; what was ahead in the history is forgotten, as in a browser. */
export function open({ store }: Shell, route: Route): void {
  store.setState((state) => {
    const modes: ShellState['modes'] = [];
    if (routeKey(routeOf(state)) === routeKey(route)) return { modes };
    const history = [...state.history.slice(0, state.at + 1), route].slice(-most);
    return { history, at: history.length - 1, modes };
  });
}

/** Goes so many steps through the history; no further than it reaches. @returns whether there was anywhere to go */
export function step({ store }: Shell, by: number): boolean {
  const { history, at } = store.getState();
  const to = at + by;
  if (to < 0 || to >= history.length) return false;
  store.setState({ at: to });
  return true;
}

/** Goes to the view seen last, and with the same key back again. */
export function swap(shell: Shell): boolean {
  const { history, at } = shell.store.getState();
  return step(shell, at === history.length - 1 ? -1 : history.length - 1 - at);
}

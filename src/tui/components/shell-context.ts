import { createContext, use } from 'react';
import { useStore } from 'zustand';
import { routeOf, type Shell, viewStateOf } from '../shell.ts';
import type { Route, ShellState, ViewState } from '../state.ts';

export const ShellContext = createContext<Shell | undefined>(undefined);

/** The shell a component is part of. */
export function useShell(): Shell {
  const shell = use(ShellContext);
  if (shell === undefined) throw new Error('a component of the console outside a shell');
  return shell;
}

/** A part of the shell's state; the component is drawn anew when that part changes. */
export function useShellState<T>(select: (state: ShellState) => T): T {
  return useStore(useShell().store, select);
}

/** The route on the screen. */
export function useRoute(): Route {
  return useShellState(routeOf);
}

/** What the operator did to the view on the screen. */
export function useViewState(): ViewState {
  return useShellState(viewStateOf);
}

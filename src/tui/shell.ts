import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Command } from './command.ts';
import type { Bosh, Session, Source, Where } from './session.ts';
import {
  type Connection,
  type Route,
  routeKey,
  type ShellState,
  type Toast,
  untouched,
  type ViewState,
} from './state.ts';
import type { Terminal } from './terminal.ts';
import type { ThemeName } from './theme.ts';
import type { ViewDefinition } from './view.ts';

/** The running console: what commands and components work with. */
export interface Shell {
  readonly store: StoreApi<ShellState>;
  readonly views: readonly ViewDefinition[];
  /** Name of the view it begins with. */
  readonly first: string;
  /** What works in every view. */
  readonly commands: readonly Command[];
  readonly source: Source;
  readonly terminal: Terminal;
  /** By the command line: wins over the configuration. */
  readonly asked: { readonly readonly: boolean; readonly theme: ThemeName | undefined };
  /** What the view on the screen has: rows that fit, and lines there are when it scrolls. Written by components as they are drawn. */
  readonly viewport: { height: number; length: number };
}

export interface ShellOptions {
  readonly views: readonly ViewDefinition[];
  readonly commands: readonly Command[];
  readonly first: string;
  readonly source: Source;
  readonly terminal: Terminal;
  readonly size: ShellState['size'];
  readonly asked: Shell['asked'];
  /** Where none is asked for. */
  readonly theme: ThemeName;
  readonly demo: boolean;
}

/** Makes a shell that shows its first view and has no cluster yet. */
export function createShell({ views, commands, first, source, terminal, asked, theme, ...rest }: ShellOptions): Shell {
  const store = createStore<ShellState>(() => ({
    ...rest,
    readonly: asked.readonly,
    theme: asked.theme ?? theme,
    connection: { state: 'connecting', what: 'reading the kubeconfig' },
    freshness: { state: 'syncing', read: 0, about: undefined },
    versions: { machines: 0, disks: 0, stemcells: 0, events: 0 },
    bosh: undefined,
    boshVersion: 0,
    ignored: new Map(),
    action: undefined,
    history: [{ view: first }],
    at: 0,
    views: {},
    modes: [],
    toast: undefined,
  }));
  return { store, views, first, commands, source, terminal, asked, viewport: { height: 0, length: 0 } };
}

/** The session there is; undefined while there is none. */
export function sessionOf({ connection }: ShellState): Session | undefined {
  return connection.state === 'connected' ? connection.session : undefined;
}

/** Leaves the cluster looked at, if any, and goes to another. Never throws: what went wrong is on the screen. */
export async function connectTo(shell: Shell, where: Where): Promise<void> {
  const { store, source, asked } = shell;
  leaveCluster(shell);
  const what = where.context === undefined ? 'connecting' : `connecting to ${where.context}`;
  const connection: Connection = { state: 'connecting', what };
  store.setState({
    connection,
    freshness: { state: 'syncing', read: 0, about: undefined },
    // A row of the cluster that is left is nowhere in the next one.
    history: [{ view: shell.views.find((view) => view === viewOf(shell) && !view.detail)?.name ?? shell.first }],
    at: 0,
    views: {},
    bosh: undefined,
    ignored: new Map(),
    action: undefined,
  });
  try {
    const session = await source.open(where);
    if (store.getState().connection !== connection) {
      closeSession(session);
      return;
    }
    store.setState({
      connection: { state: 'connected', session },
      readonly: asked.readonly || session.preferences.readonly === true,
      theme: asked.theme ?? session.preferences.theme ?? store.getState().theme,
    });
    let isBoshAsked = false;
    const take = () => {
      takeChanges(shell, session);
      if (isBoshAsked || session.inventory.freshness().state === 'syncing') return;
      isBoshAsked = true;
      void openBosh(shell, session);
    };
    session.inventory.subscribe(take);
    take();
  } catch (error) {
    if (store.getState().connection !== connection) return;
    store.setState({ connection: { state: 'failed', reason: error instanceof Error ? error.message : String(error) } });
  }
}

/** Ends the session there is, and all its connections. */
export function leaveCluster({ store }: Shell): void {
  const state = store.getState();
  state.bosh?.close();
  const session = sessionOf(state);
  if (session !== undefined) closeSession(session);
}

function closeSession({ inventory, cluster }: Session): void {
  inventory.close();
  cluster.close();
}

async function openBosh(shell: Shell, session: Session): Promise<void> {
  const { store } = shell;
  let bosh: Bosh;
  try {
    bosh = await session.openBosh();
  } catch (error) {
    say(shell, `BOSH's side cannot be read: ${error instanceof Error ? error.message : error}`, 'problem');
    return;
  }
  if (sessionOf(store.getState()) !== session) {
    bosh.close();
    return;
  }
  const take = () => store.setState(({ boshVersion }) => ({ boshVersion: boshVersion + 1 }));
  store.setState({ bosh });
  bosh.drift.subscribe(take);
  if (bosh.director.state === 'there') bosh.director.feed.subscribe(take);
}

function takeChanges({ store }: Shell, session: Session): void {
  if (sessionOf(store.getState()) !== session) return;
  const { inventory } = session;
  store.setState({
    freshness: inventory.freshness(),
    versions: {
      machines: inventory.version('machines'),
      disks: inventory.version('disks'),
      stemcells: inventory.version('stemcells'),
      events: inventory.version('events'),
    },
  });
}

/** The route on the screen. */
export function routeOf({ history, at }: ShellState): Route {
  return history[at] ?? { view: '' };
}

/** The view on the screen. */
export function viewOf(shell: Shell, state: ShellState = shell.store.getState()): ViewDefinition {
  const { view: name } = routeOf(state);
  const found = shell.views.find((view) => view.name === name);
  if (found === undefined) throw new Error(`there is no view ${name}`);
  return found;
}

/** What an operator did to the view on the screen. */
export function viewStateOf(state: ShellState): ViewState {
  return state.views[routeKey(routeOf(state))] ?? untouched;
}

/** Changes that. */
export function changeView({ store }: Shell, change: Partial<ViewState>): void {
  const state = store.getState();
  const key = routeKey(routeOf(state));
  store.setState({ views: { ...state.views, [key]: { ...(state.views[key] ?? untouched), ...change } } });
}

/** Says something in the status line until the next key. */
export function say({ store }: Shell, text: string, tone: Toast['tone'] = 'info'): void {
  store.setState({ toast: { text, tone } });
}

import type { Freshness, TableName } from '../inventory/model.ts';
import type { ActionState } from './action-state.ts';
import type { Editor } from './editor.ts';
import type { Bosh, Session } from './session.ts';
import type { ThemeName } from './theme.ts';

/** Where an operator is: a view, and for a detail view what it is about. */
export interface Route {
  readonly view: string;
  /** UID of the row a detail view shows. */
  readonly uid?: string;
}

/** Name of a route's own state. */
export function routeKey({ view, uid }: Route): string {
  return uid === undefined ? view : `${view}/${uid}`;
}

/** How a table is sorted. */
export interface Sort {
  readonly column: string;
  readonly descending: boolean;
}

/** What an operator did to a view; kept for coming back. */
export interface ViewState {
  readonly filter: string;
  /** By name when undefined. */
  readonly sort: Sort | undefined;
  readonly problemsFirst: boolean;
  /** Column that shift and the arrows have chosen. */
  readonly column: string | undefined;
  /** UID of the selected row; undefined until somebody moves, so that the first row stays selected while rows come in. */
  readonly selected: string | undefined;
  /** Where that row was: another takes its place when it goes. */
  readonly index: number;
  /** First visible row or line. */
  readonly top: number;
  readonly marks: ReadonlySet<string>;
  readonly tab: string | undefined;
}

export const untouched: ViewState = {
  filter: '',
  sort: undefined,
  problemsFirst: false,
  column: undefined,
  selected: undefined,
  index: 0,
  top: 0,
  marks: new Set(),
  tab: undefined,
};

/** One line of a sheet. */
export interface Choice {
  readonly label: string;
  readonly hint: string;
  /** Why it cannot be chosen now. */
  readonly refused?: string;
  readonly run: () => void;
}

/** What has the keys instead of the view below it. */
export type Mode =
  | { readonly kind: 'filter'; readonly editor: Editor; readonly before: string }
  | { readonly kind: 'command'; readonly editor: Editor }
  | { readonly kind: 'help'; readonly editor: Editor; readonly typing: boolean; readonly top: number }
  | {
      readonly kind: 'sheet';
      readonly title: string;
      readonly choices: readonly Choice[];
      readonly editor: Editor;
      readonly index: number;
    }
  /** The action of the state has the keys. */
  | { readonly kind: 'action' };

export interface Toast {
  readonly text: string;
  readonly tone: 'info' | 'problem';
}

/** How far the way to the cluster is. */
export type Connection =
  | { readonly state: 'connecting'; readonly what: string }
  | { readonly state: 'connected'; readonly session: Session }
  | { readonly state: 'failed'; readonly reason: string };

export interface ShellState {
  readonly size: { readonly columns: number; readonly rows: number };
  readonly theme: ThemeName;
  readonly readonly: boolean;
  readonly demo: boolean;
  readonly connection: Connection;
  readonly freshness: Freshness;
  /** Version of each table that the screen shows or may show. */
  readonly versions: Readonly<Record<TableName, number>>;
  /** Undefined until it has been loaded. */
  readonly bosh: Bosh | undefined;
  /** Counts up with everything new of BOSH's side and of findings. */
  readonly boshVersion: number;
  /** Findings that are left alone, by id, and until when: milliseconds since 1970. */
  readonly ignored: ReadonlyMap<string, number>;
  /** The one being planned or carried out, or the last one. */
  readonly action: ActionState | undefined;
  readonly history: readonly Route[];
  /** Which of the history is on the screen. */
  readonly at: number;
  readonly views: Readonly<Record<string, ViewState>>;
  readonly modes: readonly Mode[];
  readonly toast: Toast | undefined;
}

import type { ReactNode } from 'react';
import type { TableName } from '../inventory/model.ts';
import type { Command } from './command.ts';
import type { Shell } from './shell.ts';
import type { Role } from './theme.ts';

/** The room a view has; it fills it exactly, one line of text a line of the screen. */
export interface ViewProps {
  readonly width: number;
  readonly height: number;
}

/** What the arrows move over. */
export interface Rows {
  readonly length: number;
  uidAt(index: number): string | undefined;
  /** -1 when there is no such row. */
  indexOf(uid: string): number;
}

/** A screen. */
export interface ViewDefinition {
  /** Name in routes, and what `:` takes. */
  readonly name: string;
  readonly title: string;
  /** Other words `:` takes. */
  readonly aliases: readonly string[];
  /** One line for help and completion. */
  readonly about: string;
  /** Key that opens it from everywhere. */
  readonly key?: string;
  /** A detail view shows the row its route names: `:` cannot open it, and `q` leaves it. */
  readonly detail?: true;
  /** The table it lists; drawing, filter, sort and marks then work by themselves. */
  readonly table?: TableName;
  /** What an empty table says: what is the case, and what to do about it, a paragraph each. */
  readonly empty?: { readonly title: string; readonly advice: readonly string[] };
  /** What the arrows move over in a view of its own making; without table and rows they scroll. */
  rows?(shell: Shell): Rows | undefined;
  /** What Enter does with the selected row. */
  enter?(shell: Shell): void;
  /** The line below the view; for a table its selected row's reason when omitted. */
  status?(shell: Shell): { readonly text: string; readonly role: Role } | undefined;
  /** Its own keys; they win over the shell's. */
  readonly commands?: readonly Command[];
  /** Draws it when it lists no table. */
  readonly Component?: (props: ViewProps) => ReactNode;
}

/** A view that lists a table. */
export type TableViewDefinition = ViewDefinition & { readonly table: TableName };

import type { ReactNode } from 'react';
import type { Tone } from '../inventory/columns.ts';
import type { Row, TableName } from '../inventory/model.ts';
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

/** What is to be said of a row beside what its columns say. */
export interface RowNote {
  /** How the mark in front of the row looks; none when undefined. */
  readonly mark: Role | undefined;
  /** What the line below the table says when the row is selected. */
  readonly text: string | undefined;
  /** Cells that say something else, by the key of their column. */
  readonly cells: Readonly<Record<string, { readonly text?: string; readonly tone: Tone }>>;
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
  /** What is to be said of the table's rows beside their columns. */
  note?(shell: Shell, row: Row): RowNote | undefined;
  /** A view of its own making in words, for a screen reader. */
  spoken?(shell: Shell): string;
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

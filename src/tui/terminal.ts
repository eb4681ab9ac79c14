/** The terminal as commands see it. */
export interface Terminal {
  /** Gives the terminal away, e.g. to a pager or a shell in a machine, until that ends; then the screen is drawn anew. */
  lend(use: () => void | Promise<void>): Promise<void>;
  /** Sends a sequence that leaves the screen as it is. */
  send(sequence: string): void;
  /** Stops the program as Ctrl-Z does, until the operator brings it back. */
  stop(): Promise<void>;
  /** Draws everything anew, whatever something else has written over it. */
  redraw(): Promise<void>;
  /** Ends the console. */
  quit(): void;
}

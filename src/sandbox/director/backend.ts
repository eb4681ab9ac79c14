/** What is below a Director: a CPI, and the agents in its machines. */
export interface Backend {
  /** Runs a CPI method. @throws Error whose message is the CPI's */
  call(method: string, ...args: readonly unknown[]): Promise<unknown>;
  /** Asks the agent of a VM; undefined when it does not answer. */
  ask(vm: string): Promise<AgentAnswer | undefined>;
}

/** An agent's answers to get_state and list_disk, as far as a Director uses them. */
export interface AgentAnswer {
  readonly ips: readonly string[];
  /** CIDs of the disks that are mounted. */
  readonly disks: readonly string[];
  /** Another one once the machine has lost its files, and with them what the agent was to run. */
  readonly life: string;
}

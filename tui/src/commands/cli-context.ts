import type { Terminal } from '../output/terminal.js';

/** What a command gets from the process it runs in. */
export interface CliContext {
  terminal: Terminal;
  environment: NodeJS.ProcessEnv;
  /** Aborts when the user or the system asks the process to end. */
  signal: AbortSignal;
}

import type { NamedContext } from './contexts.js';

/** How a command reaches the network. */
export interface NetworkOptions {
  natsUrl: string;
  wait: Wait;
  /** The named connection it was taken from. */
  context?: Pick<NamedContext, 'colour' | 'production'> & { name: string };
}

/** How long it waits there. */
export interface Wait {
  /** For each step: connecting, and then each answer. Absent means the protocol's own timeouts. */
  timeoutMs?: number;
  signal: AbortSignal;
}

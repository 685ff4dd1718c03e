import type { Json } from './conversation.js';

/** What a registration or hello said about an agent. */
export interface StatedProfile {
  readonly capabilities: unknown;
  readonly metadata: unknown;
}

/** What is known of a network from the frames before; recordings of one network share it. */
export class Memory {
  /** The payload each message was published with. */
  readonly payloads = new Map<string, unknown>();
  /** By account: what its last successful registration said. */
  readonly registered = new Map<string, StatedProfile>();
  /** By session tag: what its last registration or hello said. */
  readonly present = new Map<string, StatedProfile>();
  /** Accounts with an agent that answers. */
  readonly answering = new Set<string>();
  /** Account ids that a registration chose itself. */
  readonly chosenAccounts = new Set<string>();
  /** Session tags a registry has given. */
  readonly tags = new Set<string>();
  /** By session tag: what the registry said it has, where it said so. */
  readonly features = new Map<string, readonly unknown[]>();
  ttlSeconds: number | undefined;
  heartbeatSeconds: number | undefined;
}

export function profileIn(body: Json): StatedProfile {
  return { capabilities: body['capabilities'] ?? [], metadata: body['metadata'] ?? {} };
}

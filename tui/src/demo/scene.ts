import type { JsonObject, RegistryClient } from '@agentnet/protocol';
import type { AgentNode } from '@agentnet/sdk';
import type { NatsTransport } from '@agentnet/sdk/transport';

/** The agents of the demo. */
export interface Cast {
  echo: AgentNode;
  calculator: AgentNode;
  /** Plays the user: finds the others and talks to them. */
  guide: AgentNode;
}

/** What the steps of the story act on. */
export interface Scene {
  cast: Cast;
  registry: RegistryClient;
  transport: NatsTransport;
  /** Resolves when the server knows of everything asked through `transport` so far. */
  flush(): Promise<void>;
  /** Everything is said in this thread. */
  threadId: string;
  signal: AbortSignal;
}

/** One step: does something, checks it, and says what there was to see. A failure is thrown. */
export interface Step {
  title: string;
  perform(scene: Scene): Promise<{ facts: JsonObject; lines: string[] }>;
}

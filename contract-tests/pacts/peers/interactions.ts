import { readFileSync } from 'node:fs';
import type { ErrorCode, JsonObject } from '@agentnet/protocol';

interface Published {
  readonly description: string;
  readonly content: JsonObject;
  /** JSON pointers whose value counts; of everything else, the type. */
  readonly exact: readonly string[];
}

interface Receipted extends Published {
  readonly status: string;
  readonly code?: ErrorCode;
  /** What is special about the message it is for; `twice`: sent two times. */
  readonly sent: JsonObject;
}

interface Replied {
  readonly description: string;
  readonly request: JsonObject;
  readonly reply: JsonObject;
  readonly exact: readonly string[];
  /** What the requester is told. */
  readonly refused?: ErrorCode;
}

/** What an agent relies on in another one: the same in both directions. */
export interface PeerInteractions {
  readonly messages: readonly Published[];
  readonly streams: readonly Published[];
  readonly receipts: readonly Receipted[];
  readonly replies: readonly Replied[];
}

export const peerInteractions = JSON.parse(
  readFileSync(new URL('../interactions/peer.json', import.meta.url), 'utf8'),
) as PeerInteractions;

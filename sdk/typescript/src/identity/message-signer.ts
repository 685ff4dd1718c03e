import type { SentMessage } from '@agentnet/protocol';
import { messageClaims } from './claims.js';
import type { KeyPair } from './key-pair.js';
import { rawMember } from './raw-member.js';
import { signClaims } from './signature.js';

/** Adds a signature to the text of a message. */
export type MessageSigner = (message: SentMessage, text: string) => string;

/** Signs the text that is sent, never the value it was made from: `JSON.stringify` may write that in another way than it looks. */
export function messageSigner(pair: KeyPair): MessageSigner {
  return (message, text) => {
    const auth = signClaims(messageClaims(message, rawMember(text, 'payload') ?? 'null'), pair);
    return `${text.slice(0, -1)},"auth":${JSON.stringify(auth)}}`;
  };
}

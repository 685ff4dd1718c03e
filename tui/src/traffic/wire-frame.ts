import { decodeJson, type Message, matchSubject, type Receipt } from '@agentnet/protocol';

/** One NATS message as it was overheard. */
export interface OverheardFrame {
  readonly subject: string;
  readonly body: Uint8Array;
  /** Where the sender waits for a reply. */
  readonly reply?: string;
  /** When it was heard, this machine's clock. */
  readonly atMs: number;
}

/** The channel a message came over. */
export type Channel = 'inbox' | 'capability' | 'reply';

/** A decoded frame. `other` is anything that is no message and no receipt, with the reason when it should have been one. */
export type WireFrame = { readonly atMs: number; readonly subject: string; readonly bytes: number } & (
  | { readonly type: 'message'; readonly channel: Channel; readonly message: Message; readonly reply?: string }
  | { readonly type: 'receipt'; readonly receipt: Receipt }
  | { readonly type: 'other'; readonly body: Uint8Array; readonly reason?: string }
);

/**
 * Decodes what was overheard, with the generated validators; never throws.
 *
 * @returns undefined for what passes over reply inboxes without being a message, such as answers of a registry
 */
export function decodeFrame({ subject, body, reply, atMs }: OverheardFrame): WireFrame | undefined {
  const facts = { atMs, subject, bytes: body.length };
  if (matchSubject.accountReceipts(subject)) {
    const decoded = decodeJson('Receipt', body);
    if (decoded.ok) return { ...facts, type: 'receipt', receipt: decoded.value };
    return { ...facts, type: 'other', body, reason: decoded.detail };
  }
  const channel = channelOf(subject);
  if (!channel) return { ...facts, type: 'other', body };
  const decoded = decodeJson('Message', body);
  if (channel === 'reply' && !(decoded.ok && decoded.value.message_id)) return undefined;
  if (!decoded.ok) return { ...facts, type: 'other', body, reason: decoded.detail };
  return { ...facts, type: 'message', channel, message: decoded.value, ...(reply ? { reply } : {}) };
}

function channelOf(subject: string): Channel | undefined {
  if (matchSubject.accountInbox(subject)) return 'inbox';
  if (matchSubject.capability(subject)) return 'capability';
  return matchSubject.plainInbox(subject) ? 'reply' : undefined;
}

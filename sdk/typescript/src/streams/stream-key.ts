import { senderOf } from '../inbox/sender-of.js';
import type { ReceivedMessage } from '../received-message.js';

/** Tells streams apart: one sender's stream ids are its own, and so are those of another thread. */
export function streamKey(message: ReceivedMessage, streamId: string): string {
  return JSON.stringify([senderOf(message), message.thread_id, streamId]);
}

import { history, subjectPatterns, subjects } from '@agentnet/protocol';
import type { Msg, NatsConnection, Subscription } from '@nats-io/nats-core';
import type { Logger } from 'pino';
import type { HistoryCounters } from './counters.js';

/** Inboxes that the stream captures itself: the pattern up to its first parameter. */
const capturedInboxes = subjectPatterns.replyInbox.slice(0, subjectPatterns.replyInbox.indexOf('*'));
const mark = Buffer.from('"message_id"');

/**
 * Copies replies that go to a client's ordinary inbox to a captured subject. One registry of all takes each. Whatever else
 * passes there, answers of registries included, has no `message_id` of its own and is left alone.
 */
export function tapPlainInboxes(connection: NatsConnection, counters: HistoryCounters, log: Logger): Subscription {
  const copy = (message: Msg) => {
    if (message.subject.startsWith(capturedInboxes) || !mentionsMessageId(message.data)) return;
    try {
      if (!hasMessageId(message.data)) return;
      connection.publish(subjects.historyTapped, message.data);
      counters.tapped += 1;
    } catch (cause) {
      counters.tapFailures += 1;
      log.warn({ event: 'history_tap_failed', subject: message.subject, err: cause });
    }
  };
  return connection.subscribe(subjectPatterns.plainInbox, {
    queue: history.tapQueue,
    callback: (error, message) => {
      if (error) log.error({ event: 'history_tap_refused', err: error });
      else copy(message);
    },
  });
}

/** Parsing is for bodies that can be messages; the rest of the traffic is only scanned. */
function mentionsMessageId(body: Uint8Array): boolean {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).includes(mark);
}

function hasMessageId(body: Uint8Array): boolean {
  const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  if (typeof value !== 'object' || value === null) return false;
  const { message_id: id } = value as { message_id?: unknown };
  return id !== undefined && id !== null && id !== '';
}

import { history, subjects } from '@agentnet/protocol';
import type { Msg, NatsConnection, Subscription } from '@nats-io/nats-core';
import type { Logger } from 'pino';
import { inboxRoot, replyInboxTokens } from '../domain/inbox-prefix.js';
import type { HistoryCounters } from './counters.js';

const mark = Buffer.from('"message_id"');

/**
 * Plain inboxes of every length but that of the inboxes which the stream captures itself: a pattern cannot leave out those alone, and
 * a registry that is woken for each of them does half of its work for nothing. NATS clients make inboxes of one or two tokens after the
 * root; those that are set to another prefix can get as long as captured ones, so these have to be named.
 *
 * @param prefixes - Each of 2 to 3 tokens, the root included.
 */
export function tappedPatterns(prefixes: readonly string[]): string[] {
  const shorter = Array.from({ length: replyInboxTokens - 2 }, (_, index) => filledUp(inboxRoot, index + 2));
  const longer = `${filledUp(inboxRoot, replyInboxTokens)}.>`;
  return [...shorter, longer, ...prefixes.map((prefix) => filledUp(prefix, replyInboxTokens))];
}

function filledUp(prefix: string, tokens: number): string {
  const given = prefix.split('.');
  return [...given, ...Array<string>(tokens - given.length).fill('*')].join('.');
}

export interface TapDeps {
  /** Of inboxes as long as captured ones. */
  readonly prefixes: readonly string[];
  readonly counters: HistoryCounters;
  readonly log: Logger;
}

/**
 * Copies replies that go to a client's ordinary inbox to a captured subject. One registry of all takes each. Whatever else
 * passes there, answers of registries included, has no `message_id` of its own and is left alone.
 */
export function tapPlainInboxes(connection: NatsConnection, { prefixes, counters, log }: TapDeps): Subscription[] {
  const copy = (message: Msg) => {
    try {
      if (!mentionsMessageId(message.data) || !hasMessageId(message.data)) return;
      connection.publish(subjects.historyTapped, message.data);
      counters.tapped += 1;
    } catch (cause) {
      counters.tapFailures += 1;
      log.warn({ event: 'history_tap_failed', subject: message.subject, err: cause });
    }
  };
  const callback = (error: Error | null, message: Msg) => {
    if (error) log.error({ event: 'history_tap_refused', err: error });
    else copy(message);
  };
  return tappedPatterns(prefixes).map((pattern) =>
    connection.subscribe(pattern, { queue: history.tapQueue, callback }),
  );
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

import { type JsonValue, type Message, parseInstant, type Receipt, type SentMessage } from '@agentnet/protocol';
import { readStreamEvent } from '@agentnet/sdk';
import { safeJson, sanitize, sanitizeLine } from '../text/sanitize.js';
import { cutText, keptJsonLength, keptTextLength, payloadText } from './payload-text.js';
import type { MessageEvent, OtherEvent, Party, ReceiptEvent, StreamPart, TrafficEvent } from './traffic-event.js';
import type { WireFrame } from './wire-frame.js';

/** Turns a decoded frame into an event whose texts no terminal minds. This is the only place where network text enters the model. */
export function ingest(frame: WireFrame): TrafficEvent {
  switch (frame.type) {
    case 'message':
      return messageEvent(frame);
    case 'receipt':
      return receiptEvent(frame);
    case 'other':
      return otherEvent(frame);
  }
}

function messageEvent(frame: WireFrame & { type: 'message' }): MessageEvent {
  const { message, channel, reply } = frame;
  const payload = message.payload ?? null;
  const kind = line(message.kind) ?? 'direct';
  const messageId = line(message.message_id) ?? '';
  const traceId = line(message.trace_id) ?? messageId;
  const text = payloadText(payload);
  const json = safeJson(payload);
  return {
    ...overheard(frame),
    type: 'message',
    channel,
    messageId,
    traceId,
    threadId: line(message.thread_id) ?? `thread_${traceId.toLowerCase()}`,
    kind,
    from: sender(message),
    to: addressee(message),
    isSigned: typeof message.auth === 'object' && message.auth !== null,
    wantsReply: reply !== undefined,
    text: cutText(text, keptTextLength),
    json: cutText(json, keptJsonLength),
    isCut: text.length > keptTextLength || json.length > keptJsonLength,
    ...given('parentMessageId', line(message.parent_message_id)),
    ...given('sessionTag', line(message.from_session_tag)),
    ...given('idempotencyKey', line(message.idempotency_key)),
    ...given('sentAtMs', instant(message.sent_at)),
    ...given('expiresAtMs', expiry(message)),
    ...given('stream', streamPart(kind, payload)),
    ...given('error', kind === 'error' ? errorOf(payload) : undefined),
    ...given('parentStatus', kind === 'reply' ? parentStatus(message) : undefined),
  };
}

function receiptEvent(frame: WireFrame & { type: 'receipt' }): ReceiptEvent {
  const { receipt } = frame;
  return {
    ...overheard(frame),
    type: 'receipt',
    messageId: line(receipt.message_id) ?? '',
    status: sanitizeLine(receipt.status).trim().toLowerCase(),
    from: account(receipt.from_account_id),
    to: account(receipt.to_account_id),
    ...given('code', line(receipt.code)),
    ...given('detail', line(receipt.detail)),
    ...given('threadId', line(receipt.thread_id)),
    ...given('traceId', line(receipt.trace_id)),
  };
}

function otherEvent(frame: WireFrame & { type: 'other' }): OtherEvent {
  const text = sanitize(new TextDecoder().decode(frame.body.subarray(0, keptTextLength)));
  return { ...overheard(frame), type: 'other', text, ...given('reason', line(frame.reason)) };
}

function overheard({ atMs, subject, bytes }: WireFrame): { atMs: number; subject: string; bytes: number } {
  return { atMs, subject: sanitizeLine(subject), bytes };
}

function sender({ from_account_id, from_agent }: Message): Party {
  return { ...account(from_account_id), ...given('label', line(from_agent)) };
}

function addressee({ to_account_id, to_agent }: Message): Party {
  const label = line(to_agent);
  if (label?.startsWith('capability:')) return { capability: label.slice('capability:'.length) };
  return account(to_account_id ?? label);
}

function account(accountId: Receipt['from_account_id']): Party {
  return given('accountId', line(accountId));
}

function streamPart(kind: string, payload: JsonValue): StreamPart | undefined {
  if (kind !== 'stream' && kind !== 'reply') return undefined;
  const event = readStreamEvent(payload);
  if (!event) return undefined;
  const streamId = sanitizeLine(event.stream_id);
  switch (event.type) {
    case 'stream_start':
      return { type: 'start', streamId };
    case 'stream_delta':
      return { type: 'delta', streamId, seq: event.seq, delta: sanitize(event.delta) };
    case 'stream_end':
      return { type: 'end', streamId, ...given('text', event.text === undefined ? undefined : sanitize(event.text)) };
    case 'stream_error':
      return { type: 'error', streamId, error: sanitizeLine(event.error) };
  }
}

function errorOf(payload: JsonValue): { code: string; detail: string } {
  const { error, detail } = typeof payload === 'object' && payload !== null && !Array.isArray(payload) ? payload : {};
  return { code: textLine(error) || 'remote_error', detail: textLine(detail) };
}

/** Anything but `processed` counts as absent. Spec: rule `receipt.with-reply`. */
function parentStatus({ parent_status }: Message): SentMessage['parent_status'] {
  return parent_status === 'processed' ? parent_status : undefined;
}

function textLine(value: JsonValue | undefined): string {
  return typeof value === 'string' ? sanitizeLine(value) : '';
}

/** A text without line breaks; undefined when it is absent, null or empty. */
function line(text: string | null | undefined): string | undefined {
  return text ? sanitizeLine(text) || undefined : undefined;
}

function instant(text: string | null | undefined): number | undefined {
  return text ? parseInstant(text)?.epochMs : undefined;
}

function expiry({ sent_at, ttl_ms, expires_at }: Message): number | undefined {
  const sentAtMs = instant(sent_at);
  const ends = [
    instant(expires_at),
    sentAtMs === undefined || typeof ttl_ms !== 'number' ? undefined : sentAtMs + ttl_ms,
  ].filter((end) => end !== undefined);
  return ends.length === 0 ? undefined : Math.min(...ends);
}

/** A property only when it has a value, as exact optional properties want it. */
function given<Name extends string, Value>(name: Name, value: Value | undefined): { [name in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [name in Name]: Value });
}

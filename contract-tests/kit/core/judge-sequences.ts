import { is, type Message, matchSubject, type Receipt } from '@agentnet/protocol';
import { judge } from './judgement.js';
import type { LoggedFrame } from './wire-log.js';

/** Judges what frames must say together: receipts in order, replies about their requests, no subject made of hostile ids. */
export function judgeSequences(frames: readonly LoggedFrame[]): void {
  judgeReceipts(frames);
  judgeReplies(frames);
}

/** What one session reported about one message: `accepted` comes first and once, then one final status. */
function judgeReceipts(frames: readonly LoggedFrame[]): void {
  const reported = new Map<string, Receipt[]>();
  for (const { subject, json, byKit } of frames) {
    if (byKit || !matchSubject.accountReceipts(subject)) continue;
    const receipt = json as Receipt;
    const key = `${receipt.from_session_tag} ${receipt.message_id}`;
    if (receipt.message_id) reported.set(key, [...(reported.get(key) ?? []), receipt]);
    judge.equal('receipt.subject', subject, `account.${receipt.to_account_id}.receipts`, 'the subject of a receipt');
  }
  for (const receipts of reported.values()) judgeOrder(receipts);
}

function judgeOrder(receipts: readonly Receipt[]): void {
  // Copies of a message are told of the first one's fate without having been accepted.
  if (receipts.some(({ code }) => code === 'duplicate')) return;
  for (const [index, { status, code }] of receipts.entries()) {
    const before = receipts[index - 1]?.status;
    if (status === 'processed') judge.equal('receipt.happy', before, 'accepted', 'the receipt before "processed"');
    if (code === 'handler_error')
      judge.equal('receipt.handler-error', before, 'accepted', `the receipt before "${code}"`);
    if (code === 'timeout') judge.equal('receipt.timeout', before, 'accepted', `the receipt before "${code}"`);
  }
}

function judgeReplies(frames: readonly LoggedFrame[]): void {
  const requests = new Map<string, LoggedFrame>();
  for (const frame of frames) {
    const isMessage = matchSubject.accountInbox(frame.subject) || matchSubject.capability(frame.subject);
    if (isMessage && frame.reply) requests.set(frame.reply, frame);
    const request = requests.get(frame.subject);
    if (request && !frame.byKit && !isMessage) judgeReply(request.json, frame.json);
  }
}

function judgeReply(asked: unknown, answered: unknown): void {
  const [request, reply] = [messageOf(asked), messageOf(answered)];
  if (typeof request?.message_id !== 'string' || request.message_id === '' || !reply) return;
  // What a receiver could not read has no id for it.
  if ((reply.payload as { request_message_id?: string } | null)?.request_message_id === '') return;
  judge.equal('request.reply.shape', reply.parent_message_id, request.message_id, 'parent_message_id of an answer');
  if (is('AccountId', request.from_account_id))
    judge.equal('request.reply.shape', reply.to_account_id, request.from_account_id, 'to_account_id of an answer');
}

function messageOf(json: unknown): Message | undefined {
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Message) : undefined;
}

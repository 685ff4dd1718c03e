import { check } from '@agentnet/protocol';
import { type Heard, type Json, objectOf, operationOf, text } from './conversation.js';
import { type Memory, profileIn } from './memory.js';
import { standsForReceipts } from './verdicts.js';

/** Keeps what a frame tells for the frames after it. */
export function remember(heard: Heard, memory: Memory): void {
  const { role, json, request, frame } = heard;
  if (!json) return;
  const asked = request && objectOf(request);
  if (role === 'message' || role === 'message reply') {
    const id = text(json['message_id']);
    if (id !== '' && !memory.payloads.has(id)) memory.payloads.set(id, json['payload'] ?? null);
  }
  if (role === 'hello') {
    const tag = text(json['session_tag']);
    if (memory.tags.has(tag) && check('Hello', json).length === 0) memory.present.set(tag, profileIn(json));
  }
  if (role === 'rpc reply' && asked && operationOf(request.subject) === 'register' && !('error' in json))
    rememberRegistration(asked, json, memory);
  if ((role === 'receipt' && frame.size > 0) || standsForReceipts(heard))
    memory.answering.add(text(json['from_account_id']));
}

function rememberRegistration(asked: Json, reply: Json, memory: Memory): void {
  const tag = text(reply['session_tag']);
  memory.tags.add(tag);
  if (Array.isArray(reply['features'])) memory.features.set(tag, reply['features']);
  if (text(asked['account_id']) !== '') memory.chosenAccounts.add(text(asked['account_id']));
  memory.ttlSeconds = Number(reply['ttl_seconds']);
  memory.heartbeatSeconds = Number(reply['heartbeat_interval']);
  memory.registered.delete(text(reply['account_id']));
  if (check('RegisterRequest', asked).length > 0) return;
  memory.registered.set(text(reply['account_id']), profileIn(asked));
  memory.present.set(tag, profileIn(asked));
}

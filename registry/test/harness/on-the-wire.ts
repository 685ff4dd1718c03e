import { encodeJson } from '@agentnet/protocol';

/** What a client gets of a reply: raw payloads parsed. */
export function onTheWire<T>(reply: T): T {
  return JSON.parse(Buffer.from(encodeJson(reply)).toString()) as T;
}

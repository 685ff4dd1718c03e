import { limits, type MessageHeaders } from '@agentnet/protocol';
import { headers as emptyHeaders, InvalidArgumentError, type Msg, type MsgHdrs } from '@nats-io/nats-core';
import { MsgImpl } from '@nats-io/nats-core/internal';

/** The server's status for a request that nobody is subscribed to. */
export const noRespondersStatus = 503;

/** The headers of a message, by name; undefined when there are none that can be read. */
export function readHeaders(message: Msg): MessageHeaders | undefined {
  const decoded = decode(message);
  if (!decoded) return undefined;
  let byName: Record<string, string> | undefined;
  for (const [name, values] of decoded) {
    // Without a prototype, no name a sender chooses means anything else.
    byName ??= Object.create(null) as Record<string, string>;
    byName[name] = values.length === 1 ? (values[0] ?? '') : values.join(', ');
  }
  return byName;
}

/** The status a server puts in front of the headers; 0 without one. */
export function statusOf(message: Msg): number {
  return decode(message)?.code ?? 0;
}

/** @throws {InvalidArgumentError} for names and values a header cannot hold */
export function writeHeaders(byName: MessageHeaders): MsgHdrs {
  const written = emptyHeaders();
  for (const [name, value] of Object.entries(byName)) written.set(name, value);
  return written;
}

/** The client decodes in time that grows with the square of their number, and throws at names it does not like. */
function decode(message: Msg): MsgHdrs | undefined {
  if (lengthOf(message) > limits.headersMaxBytes) return undefined;
  try {
    return message.headers;
  } catch (cause) {
    if (!(cause instanceof InvalidArgumentError)) throw cause;
    return undefined;
  }
}

/** The client's size of a message is that of subject, reply subject, headers and body together. */
function lengthOf(message: Msg): number {
  if (!(message instanceof MsgImpl)) return 0;
  return message.size() - message.subject.length - (message.reply?.length ?? 0) - message.data.length;
}

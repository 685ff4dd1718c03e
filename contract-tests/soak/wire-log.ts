import { type Message, matchSubject, type Receipt, subjectPatterns } from '@agentnet/protocol';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { toFrame } from '../harness/raw-subscription.js';
import { readTraceId, type WireNote } from './evidence.js';

/** Hears what the soak's agents put on the wire. */
export interface WireLog extends AsyncDisposable {
  readonly notes: readonly WireNote[];
  /** Returns once the server has sent everything so far; after a restart of the server, once it is back. */
  caughtUp(): Promise<void>;
}

const heard = [
  subjectPatterns.accountInbox,
  subjectPatterns.capability,
  subjectPatterns.accountReceipts,
  subjectPatterns.plainInbox,
];

/** Starts listening on a connection of its own, that comes back at once when the server does. */
export async function logWire(port: number): Promise<WireLog> {
  const connection: NatsConnection = await connect({
    servers: `127.0.0.1:${port}`,
    reconnectTimeWait: 10,
    reconnectJitter: 0,
    maxReconnectAttempts: -1,
    noAsyncTraces: true,
  });
  const notes: WireNote[] = [];
  for (const subject of heard) {
    connection.subscribe(subject, {
      callback: (error, raw) => {
        if (error) return;
        const { subject: at, json } = toFrame(raw);
        const note = noteOf(at, json);
        if (note) notes.push(note);
      },
    });
  }
  await connection.flush();
  return {
    notes,
    caughtUp: () => connection.flush(),
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

/** What a frame says about an order; undefined for traffic that is not the soak's. */
export function noteOf(subject: string, json: unknown): WireNote | undefined {
  const body = (json ?? {}) as Partial<Message & Receipt>;
  const trace = readTraceId(body.trace_id);
  if (!trace) return undefined;
  const note = { subject, messageId: body.message_id ?? '', atMs: Date.now(), ...trace };
  const { status, code, from_account_id: accountId, from_session_tag: sessionTag } = body;
  const from = { ...(accountId ? { accountId } : {}), ...(sessionTag ? { sessionTag } : {}) };
  if (matchSubject.accountReceipts(subject))
    return { kind: 'receipt', ...note, ...from, ...(status ? { status } : {}), ...(code ? { code } : {}) };
  if (matchSubject.accountInbox(subject) || matchSubject.capability(subject))
    return { kind: 'message', ...note, ...from };
  const isReceipt = body.kind === 'reply' && body.parent_status === 'processed';
  const answer = { status: body.kind ?? '', answers: body.parent_message_id ?? '', ...(isReceipt && { isReceipt }) };
  return { kind: 'reply', ...note, ...from, ...answer };
}

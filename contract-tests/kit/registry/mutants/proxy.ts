import { operations, type RpcName, subjectPatterns } from '@agentnet/protocol';
import { type Msg, TimeoutError } from '@nats-io/nats-core';
import { Cleanup } from '../../../harness/cleanup.js';
import { startNats } from '../../../harness/nats-server.js';
import { type RawBody, type RawClient, rawClient, rpcNames } from '../../../harness/raw-client.js';
import type { Answer, Body, Call, Fault, Notes, Passing } from './fault.js';

/** A faulty registry that answers on a NATS server of its own. */
export interface RunningMutant extends AsyncDisposable {
  readonly natsUrl: string;
}

/** A registry that is wrong in one way: it asks the real one at `natsUrl` and spoils what goes to and fro. */
export async function startFaultyRegistry(fault: Fault, natsUrl: string): Promise<RunningMutant> {
  const resources = new Cleanup();
  const nats = resources.use(await startNats({}));
  const front = resources.use(await rawClient(nats.url));
  const real = resources.use(await rawClient(natsUrl));
  const notes: Notes = new Map();
  const passOn = (message: Msg): void => forward(message, { fault, real, notes, front });
  for (const name of rpcNames) {
    const { subject, queue } = operations[name];
    front.connection.subscribe(subject, {
      queue,
      callback: (error, message) => {
        if (!error) void answer(name, message, { fault, real, notes, front });
      },
    });
  }
  const passed = [
    operations.hello.subject,
    operations.goodbye.subject,
    subjectPatterns.accountInbox,
    subjectPatterns.capability,
    subjectPatterns.accountReceipts,
    subjectPatterns.replyInbox,
  ];
  for (const subject of passed)
    front.connection.subscribe(subject, { callback: (error, message) => (error ? undefined : passOn(message)) });
  await front.connection.flush();
  return { natsUrl: nats.url, [Symbol.asyncDispose]: () => resources.run() };
}

interface Between {
  readonly fault: Fault;
  readonly front: RawClient;
  readonly real: RawClient;
  readonly notes: Notes;
}

async function answer(operation: RpcName, message: Msg, { fault, real, notes, front }: Between): Promise<void> {
  const text = new TextDecoder().decode(message.data);
  const ask = async (body: RawBody = message.data, asked = operation): Promise<Body> =>
    JSON.parse((await real.request(operations[asked].subject, body, 20_000)).text);
  const hasReply = Boolean(message.reply);
  const publish: Call['publish'] = (subject, body) => front.publish(subject, body);
  try {
    const said =
      (await fault.answer?.({ operation, asked: objectIn(text), text, hasReply, ask, publish }, notes)) ?? 'unchanged';
    await respond(message, said, real);
  } catch (cause) {
    // The real one's silence is this one's, too; and a scenario that has ended closes what the answer would go through.
    const isSilence = cause instanceof TimeoutError;
    if (!isSilence && !front.connection.isClosed() && !real.connection.isClosed()) throw cause;
  }
}

async function respond(message: Msg, said: Answer, real: RawClient): Promise<void> {
  if (said === 'silence' || !message.reply) return;
  if (typeof said === 'object') return void message.respond(JSON.stringify(said));
  const { body } = await real.request(message.subject, message.data, 20_000);
  message.respond(body);
  if (said === 'twice') message.respond(body);
}

function forward(message: Msg, { fault, real, notes, front }: Between): void {
  const text = new TextDecoder().decode(message.data);
  const frame: Passing = { subject: message.subject, json: objectIn(text), text };
  const publish: Call['publish'] = (subject, body) => front.publish(subject, body);
  const ask: Call['ask'] = () => Promise.reject(new Error('a frame that is no call has no answer'));
  const passed = fault.pass?.(frame, notes, { ask, publish }) ?? 'unchanged';
  if (passed === 'unchanged')
    real.connection.publish(message.subject, message.data, message.headers ? { headers: message.headers } : {});
  else for (const one of passed) real.publish(one.subject, one.text);
  if (message.reply && fault.acknowledges) message.respond('{"stream":"history"}');
}

function objectIn(text: string): Body | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Body) : undefined;
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof RangeError) return undefined;
    throw cause;
  }
}

import { encodeJson, type JsonObject, limits } from '@agentnet/protocol';
import { detachedScheme, devScheme } from '@agentnet/sdk/identity';
import { readCaptured } from '../../../registry/src/history/read-captured.js';
import { recordMessages } from '../../../registry/src/store/messages.js';
import { keyOf } from '../keys.js';
import { type ProviderWorld, startOfWorldMs } from './provider-world.js';
import { type SigningWish, signRequest } from './sign-request.js';

/** Makes true what a state says. */
export type StateHandler = (world: ProviderWorld, parameters: JsonObject) => Promise<unknown>;

const signedState = 'the request is signed';
const hourMs = 3_600_000;
const weather = {
  agent_id: 'weather',
  name: 'Weather',
  username: 'weather',
  account_id: 'acct_weather',
  capabilities: ['weather.forecast'],
  metadata: { region: 'north' },
};

/** Every state that an interaction with a registry may start from. Later states of one interaction build on earlier ones. */
export const providerStates: Readonly<Record<string, StateHandler>> = {
  'weather is online': (world) => world.ask('register', weather),
  'poet is known': async (world) => {
    const { session_tag } = (await world.ask('register', { agent_id: 'poet', account_id: 'acct_poet' })) as {
      session_tag: string;
    };
    const sql = `UPDATE agent_sessions SET status = 'offline', disconnected_at = $2::timestamptz WHERE session_tag = $1`;
    return world.database.query(sql, [session_tag, timeAfter(0)]);
  },
  'weather and poet have talked': async (world) => {
    await world.ask('register', { agent_id: 'poet', account_id: 'acct_poet' });
    await record(world, question);
    await record(world, answer);
  },
  'the thread has a checkpoint': (world) => record(world, checkpoint),
  'another thread is older': (world) => record(world, older),
  'the registry has listed agents': (world) => world.ask('list', {}),
  'the database is down': async (world) => world.database.cut(),
  'the client has made too many calls': async (world) => {
    world.isOverBudget = true;
    await world.reconfigure({});
  },
  'the request arrives damaged': async (world, { body, set }) => {
    world.damage = (request) => (typeof body === 'string' ? body : { ...request, ...(set as JsonObject) });
  },
  'the profile holds too much': async (world) => {
    world.damage = (request) => ({ ...request, metadata: { notes: 'x'.repeat(limits.profileMaxBytes) } });
  },
  [signedState]: async (world, wish) => {
    world.sign = (operation, request) => signRequest(wish as SigningWish, operation, request);
  },
  'the request was heard before': async (world) => {
    world.isSentTwice = true;
  },
  "the registry's clock is an hour ahead": async (world) => {
    world.nowMs += hourMs;
  },
  'the registry binds keys': (world) => world.reconfigure({ devAuth: true }),
  'the registry binds keys and takes ed25519-v2 only': (world) => world.reconfigure({ authRequire: 'v2' }),
  "weather's key is bound": async (world, { scheme }) => {
    await world.ask('register', weather);
    await world.reconfigure({ devAuth: true });
    const sql = 'UPDATE agent_accounts SET public_key = $1, key_scheme = $2 WHERE account_id = $3';
    const bound = scheme === 'v1' ? devScheme : detachedScheme;
    await world.database.query(sql, [keyOf('weather').publicKey, bound, 'acct_weather']);
    await world.database.query('UPDATE agent_sessions SET auth_scheme = $1', [bound]);
  },
  "weather's key was replaced": (world) =>
    world.database.query(
      'UPDATE agent_accounts SET previous_public_key = public_key, previous_key_until = $1::timestamptz, public_key = $2',
      [timeAfter(hourMs), keyOf('next').publicKey],
    ),
  "weather's key is revoked": (world) =>
    world.database.query('UPDATE agent_accounts SET key_revoked_at = $1::timestamptz', [timeAfter(0)]),
};

const timeAfter = (ms: number): string => new Date(startOfWorldMs + ms).toISOString();

const question = message('msg_question', 'acct_poet', 'acct_weather', { kind: 'request', payload: { text: 'rain?' } });
const answer = message('msg_answer', 'acct_weather', 'acct_poet', {
  kind: 'reply',
  parent_message_id: 'msg_question',
  trace_id: 'msg_question',
  payload: { text: 'sun' },
  sent_at: '2026-02-21T08:00:01Z',
});
const checkpoint = message('msg_checkpoint', 'acct_poet', 'acct_weather', {
  kind: 'direct',
  payload: { type: 'checkpoint', covers_start: 1, covers_end: 2, summary: 'it will be sunny' },
  sent_at: '2026-02-21T08:00:02Z',
});
const older = message('msg_older', 'acct_poet', 'acct_weather', {
  kind: 'direct',
  thread_id: 'thread_prose',
  payload: { text: 'hello' },
  sent_at: '2026-02-20T08:00:00Z',
});

function message(message_id: string, from_account_id: string, to_account_id: string, fields: JsonObject): JsonObject {
  return {
    message_id,
    from_account_id,
    to_account_id,
    to_agent: to_account_id,
    schema_version: '1.1',
    ttl_ms: 30_000,
    trace_id: message_id,
    thread_id: 'thread_verse',
    sent_at: '2026-02-21T08:00:00Z',
    ...fields,
  };
}

/** As the history does it. */
async function record({ database }: ProviderWorld, body: JsonObject): Promise<void> {
  const captured = {
    captureId: String(body['message_id']),
    subject: `account.${body['to_account_id']}.inbox`,
    body: encodeJson(body),
    receivedAt: String(body['sent_at']),
    done: () => undefined,
  };
  const reading = readCaptured(captured, limits.tokenEstimateCharsPerToken);
  if (reading.kind !== 'message') throw new Error(`no message: ${JSON.stringify(reading)}`);
  await recordMessages(database, [reading.message]);
}

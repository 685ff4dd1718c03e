import { check, type Hello, type ListReply, operations, type RpcName, type RuleId, subjects } from '@agentnet/protocol';
import { eventually } from '../../harness/eventually.js';
import type { RawBody, ReplyOf } from '../../harness/raw-client.js';
import type { RegistryStage } from '../core/scenario.js';

export type Row = ListReply['agents'][number];
export type Session = ReplyOf<'register'>;

/** The rules that say what a success of an operation looks like. */
const shapes: Partial<Record<RpcName, RuleId>> = {
  register: 'identity.register.reply',
  resolve_account: 'identity.resolve.reply',
  list: 'presence.list.row',
  search: 'discovery.search.reply',
  profile: 'discovery.profile.reply',
  thread_messages: 'history.row',
};

/** A registry call that has to succeed: an error breaks the rule, another shape the one about the operation's replies. */
export async function ask<N extends RpcName>(
  { client, judge }: RegistryStage,
  rule: RuleId,
  call: readonly [N, RawBody?],
): Promise<ReplyOf<N>> {
  const [operation, body = {}] = call;
  const what = `a success of ${operation} for ${shown(body)}`;
  const reply = await judge.comes(rule, what, client.rpc(operation, body));
  judge.holds(rule, !('error' in reply), what, reply);
  const violations = check(operations[operation].reply, reply).map(({ path, message }) => `${path} ${message}`);
  judge.equal(shapes[operation] ?? rule, violations, [], `what its schema has against ${what}: ${shown(reply)}`);
  return reply as unknown as ReplyOf<N>;
}

/** A registry call that has to be refused in exactly this way. */
export async function refused(
  { client, judge }: RegistryStage,
  rule: RuleId,
  call: readonly [RpcName, RawBody, { error?: string; code?: string }],
): Promise<Record<string, unknown>> {
  const [operation, body, refusal] = call;
  const reply = await judge.comes(rule, `an answer of ${operation} to ${shown(body)}`, client.rpc(operation, body));
  judge.matches(rule, reply, refusal, `the refusal of ${operation} for ${shown(body)}`);
  return reply;
}

/** Registers an agent. */
export function register(
  stage: RegistryStage,
  rule: RuleId,
  body: { agent_id: string; [field: string]: unknown },
): Promise<Session> {
  return ask(stage, rule, ['register', body]);
}

/** The row of a session in the list of sessions, undefined while there is none. */
export async function rowOf({ client }: RegistryStage, sessionTag: string): Promise<Row | undefined> {
  let cursor: string | undefined;
  do {
    const page: ListReply = await client.ask('list', cursor ? { cursor } : {});
    const row = page.agents.find(({ session_tag }) => session_tag === sessionTag);
    if (row) return row;
    cursor = page.next_cursor ?? undefined;
  } while (cursor);
  return undefined;
}

/** Waits for the row of a session that satisfies `isWanted`. */
export function row(
  stage: RegistryStage,
  rule: RuleId,
  wanted: { tag: string; what: string; where?: (row: Row) => boolean },
): Promise<Row> {
  const { tag, what, where = () => true } = wanted;
  const found = eventually(() => rowOf(stage, tag), { until: (one) => one !== undefined && where(one), what });
  return stage.judge.comes(rule, what, found as Promise<Row>);
}

/** Registers an agent and says hello once, as an agent does when it starts. */
export async function join(
  stage: RegistryStage,
  fields: Partial<Hello> = {},
): Promise<Hello & { session_tag: string }> {
  const agentId = fields.agent_id ?? stage.name();
  const body = { agent_id: agentId, name: 'An Agent', capabilities: ['chat'], metadata: { team: 'ops' }, ...fields };
  const { account_id, username, session_tag } = await stage.client.ask('register', body);
  const hello = { ...body, account_id, username, session_tag, last_seen: '2001-01-01T00:00:00Z' };
  stage.client.publish(subjects.registryHello, hello);
  return hello;
}

function shown(body: RawBody): string {
  const text =
    typeof body === 'string' ? body : body instanceof Uint8Array ? `${body.length} bytes` : JSON.stringify(body);
  return text.slice(0, 200);
}

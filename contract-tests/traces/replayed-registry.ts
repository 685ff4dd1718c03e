import { nowTimestamp, type RegisterReply, subjects } from '@agentnet/protocol';
import type { Frame, RawClient } from '../harness/index.js';
import { assignRoles } from '../kit/judge/frame-roles.js';
import type { Scenario } from './load-scenario.js';
import type { ReplayedCast } from './replayed-cast.js';

/** Plays the registry of the recording: the same identities, the same keys, nothing else. */
export async function playRegistry(
  client: RawClient,
  { parts }: ReplayedCast,
  scenarios: readonly Scenario[],
): Promise<void> {
  const keys = recordedKeys(scenarios);
  const answer = (frame: Frame, body: object): void => client.publish(frame.reply ?? '', body);
  await client.subscribe(subjects.registryRegister, {
    onFrame: (frame) => {
      const { agent_id } = frame.json as { agent_id: string };
      const part = parts.find(({ options }) => options.agentId === agent_id);
      if (!part) throw new Error(`nobody was recorded as ${agent_id}`);
      const reply: RegisterReply = {
        account_id: part.accountId,
        username: part.options.username ?? agent_id,
        session_tag: part.sessionTag,
        heartbeat_interval: 12,
        ttl_seconds: 40,
        registered_at: nowTimestamp(Date.now()),
      };
      answer(frame, reply);
    },
  });
  await client.subscribe(subjects.registryResolveKey, {
    onFrame: (frame) => {
      const { account_id } = frame.json as { account_id: string };
      answer(frame, keys.get(account_id) ?? { error: 'not_found' });
    },
  });
}

/** The recorded answers to questions for keys, by account. */
function recordedKeys(scenarios: readonly Scenario[]): ReadonlyMap<string, object> {
  const keys = new Map<string, object>();
  for (const { frame, request } of scenarios.flatMap(({ frames }) => assignRoles(frames))) {
    if (request?.subject !== subjects.registryResolveKey || frame.body.kind !== 'json') continue;
    const { value } = frame.body;
    if (request.body.kind !== 'json') continue;
    keys.set(String((request.body.value as { account_id: string }).account_id), value as object);
  }
  return keys;
}

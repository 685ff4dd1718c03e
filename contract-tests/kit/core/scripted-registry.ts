import { limits, nowTimestamp, operations, type RegisterRequest, type ResolveAccountRequest } from '@agentnet/protocol';
import type { RawClient } from '../../harness/raw-client.js';

/** Answers registrations and lookups, and knows nobody: for networks on which absence must be seen. */
export async function serveRegistryScript(client: RawClient): Promise<void> {
  await serve(client, operations.register.subject, (body) => {
    const { agent_id, username } = body as RegisterRequest;
    const name = username || agent_id;
    return {
      account_id: accountOf(name),
      username: name,
      session_tag: `script_${name}`,
      heartbeat_interval: limits.heartbeatIntervalMinSeconds,
      ttl_seconds: 60,
      registered_at: nowTimestamp(Date.now()),
    };
  });
  await serve(client, operations.resolve_account.subject, (body) => {
    const { username } = body as ResolveAccountRequest;
    return { account_id: accountOf(username ?? ''), username, resolved_at: nowTimestamp(Date.now()) };
  });
  await serve(client, operations.profile.subject, () => ({ error: 'not_found', code: 'not_found' }));
}

/** The account that the script gives a username. */
export const accountOf = (username: string): string => `acct_${username}`;

async function serve(client: RawClient, subject: string, answer: (body: unknown) => object): Promise<void> {
  await client.subscribe(subject, {
    onFrame: ({ json, reply }) => {
      if (reply) client.publish(reply, answer(json));
    },
  });
}

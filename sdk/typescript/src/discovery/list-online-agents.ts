import type { AgentRow } from '@agentnet/protocol';
import { ValidationError } from '../errors.js';
import { askRegistry, type OneShotOptions } from './ask-registry.js';

/**
 * Everybody who is online, all pages of it.
 *
 * @param natsUrl - `nats://<token>@host:port`
 * @returns One row per session, by agent id, then session tag.
 * @throws {AgentNetError} `connect_failed`, `authorization_failed`, `registry_unavailable`, `request_timeout`, `cancelled`
 * @see spec operation `list`
 */
export function listOnlineAgents(natsUrl: string, options: OneShotOptions = {}): Promise<AgentRow[]> {
  return askRegistry(natsUrl, options, async (registry, call) => {
    const rows: AgentRow[] = [];
    let cursor: string | undefined;
    do {
      const page = await registry.list(cursor === undefined ? {} : { cursor, strict_cursor: true }, call);
      rows.push(...page.agents);
      if (page.next_cursor !== undefined && page.next_cursor === cursor) {
        throw new ValidationError('invalid_reply', 'the registry gave the same cursor twice');
      }
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    return rows;
  });
}

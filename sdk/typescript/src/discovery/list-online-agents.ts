import type { AgentRow, CallOptions, ListReply, RegistryClient } from '@agentnet/protocol';
import { Pages } from '../pages.js';
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
  return askRegistry(natsUrl, options, collectOnline);
}

/** As `listOnlineAgents`, over a connection that is there. */
export async function collectOnline(registry: RegistryClient, call: CallOptions): Promise<AgentRow[]> {
  const rows: AgentRow[] = [];
  const pages = new Pages<ListReply, AgentRow>({
    fetch: (cursor) => registry.list(cursor === undefined ? {} : { cursor, strict_cursor: true }, call),
    cursorOf: ({ next_cursor }) => next_cursor,
    rowsOf: ({ agents }) => agents,
  });
  for await (const row of pages.rows()) rows.push(row);
  return rows;
}

import type { AgentEntry, ProfileEntry, Trust } from './entries.js';

/** The Agents screen. */
export interface AgentsState {
  readonly rows: readonly AgentEntry[];
  readonly trust: ReadonlyMap<string, Trust>;
  readonly chosenId?: string;
  readonly filter: string;
  readonly loadedMs?: number;
  /** When the registry was asked last; it is asked again some seconds later. */
  readonly askedMs?: number;
  readonly error?: string;
  /** The account that is open. */
  readonly open?: OpenAgent;
}

export interface OpenAgent {
  readonly accountId: string;
  readonly profile?: ProfileEntry;
  readonly error?: string;
  readonly scroll: number;
}

export const noAgents: AgentsState = { rows: [], trust: new Map(), filter: '' };

/** The rows the filter lets through. */
export function visibleAgents({ rows, filter }: Pick<AgentsState, 'rows' | 'filter'>): readonly AgentEntry[] {
  const wanted = filter.trim().toLowerCase();
  if (wanted === '') return rows;
  return rows.filter(({ username, name, capabilities, accountId }) =>
    [`@${username}`, name, accountId, ...capabilities].some((text) => text.toLowerCase().includes(wanted)),
  );
}

export function chosenAgent(agents: AgentsState): AgentEntry | undefined {
  const rows = visibleAgents(agents);
  return rows.find(({ accountId }) => accountId === agents.chosenId) ?? rows[0];
}

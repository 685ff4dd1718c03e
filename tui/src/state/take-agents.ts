import type { Command } from '../keymap/keymap.js';
import type { Action } from './action.js';
import { type AgentsState, chosenAgent, visibleAgents } from './agents-state.js';
import { type AppState, bodyRows, type Step, step } from './app-state.js';
import { isMove, moveTo, placeOf } from './chosen.js';
import type { AgentEntry, ProfileEntry } from './entries.js';

type AgentsAction = Extract<
  Action,
  {
    type:
      | 'agentsLoaded'
      | 'agentsFailed'
      | 'trustKnown'
      | 'profileLoaded'
      | 'profileFailed'
      | 'joined'
      | 'namesLearned';
  }
>;

/** What the registry told about agents. */
export function takeAgents(state: AppState, action: AgentsAction): AppState {
  const { agents, nowMs } = state;
  switch (action.type) {
    case 'agentsLoaded': {
      const { error: _gone, ...rest } = agents;
      const registry = { answeredMs: nowMs };
      return {
        ...state,
        registry,
        names: learn(state.names, namesIn(action.rows)),
        agents: { ...rest, rows: action.rows, loadedMs: nowMs },
      };
    }
    case 'agentsFailed':
      return {
        ...state,
        registry: { ...state.registry, error: action.error },
        agents: { ...agents, error: action.error },
      };
    case 'trustKnown':
      return { ...state, agents: { ...agents, trust: new Map(agents.trust).set(action.accountId, action.trust) } };
    case 'profileLoaded':
      return takeProfile(state, action.profile);
    case 'profileFailed':
      return agents.open ? { ...state, agents: { ...agents, open: { ...agents.open, error: action.error } } } : state;
    case 'namesLearned':
      return { ...state, names: learn(state.names, action.names) };
    case 'joined':
      return {
        ...state,
        ownAccountId: action.accountId,
        names: learn(state.names, [[action.accountId, action.username]]),
      };
  }
}

function takeProfile(state: AppState, profile: ProfileEntry): AppState {
  const { agents } = state;
  const names = learn(state.names, namesIn([profile]));
  return { ...state, names, agents: { ...agents, open: { accountId: profile.accountId, scroll: 0, profile } } };
}

/** Usernames that are remembered; the oldest go first. */
const namesMost = 10_000;

/** Adds usernames; the map stays the same object when nothing is new, because filters remember by it. */
function learn(
  names: ReadonlyMap<string, string>,
  told: readonly (readonly [accountId: string, username: string])[],
): ReadonlyMap<string, string> {
  const fresh = told.filter(([accountId, username]) => username !== '' && names.get(accountId) !== username);
  if (fresh.length === 0) return names;
  const all = new Map([...names, ...fresh]);
  return all.size <= namesMost ? all : new Map([...all].slice(-namesMost));
}

function namesIn(rows: readonly Pick<AgentEntry, 'accountId' | 'username'>[]): (readonly [string, string])[] {
  return rows.map(({ accountId, username }) => [accountId, username] as const);
}

/** A key pressed on the Agents screen. */
export function actOnAgents(state: AppState, command: Command): Step {
  const { agents } = state;
  if (agents.open) return actOnAgent(state, agents.open, command);
  if (isMove(command)) return step({ ...state, agents: moved(agents, command, bodyRows(state.size) - 1) });
  const chosen = chosenAgent(agents);
  switch (command) {
    case 'open':
      return chosen ? openAgent(state, chosen.accountId) : step(state);
    case 'back':
      return step({ ...state, agents: { ...agents, filter: '' } });
    case 'refresh':
      return step(state, { do: 'loadAgents' });
    default:
      return step(state);
  }
}

export function openAgent(state: AppState, accountId: string): Step {
  const agents: AgentsState = { ...state.agents, chosenId: accountId, open: { accountId, scroll: 0 } };
  return step({ ...state, screen: 'agents', agents }, { do: 'loadProfile', accountId });
}

function actOnAgent(state: AppState, open: NonNullable<AgentsState['open']>, command: Command): Step {
  const { agents } = state;
  if (command === 'back') {
    const { open: _closed, ...rest } = agents;
    return step({ ...state, agents: rest });
  }
  if (command === 'refresh') return step(state, { do: 'loadProfile', accountId: open.accountId });
  if (!isMove(command)) return step(state);
  const scroll = moveTo(command, { place: open.scroll, count: state.scrollMost + 1, page: bodyRows(state.size) });
  return step({ ...state, agents: { ...agents, open: { ...open, scroll } } });
}

function moved(agents: AgentsState, command: Command, page: number): AgentsState {
  const rows = visibleAgents(agents);
  const place = placeOf(rows, ({ accountId }) => accountId === agents.chosenId);
  const chosen = rows[moveTo(command, { place, count: rows.length, page })];
  return chosen ? { ...agents, chosenId: chosen.accountId } : agents;
}

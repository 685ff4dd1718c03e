import { type AgentsState, noAgents } from './agents-state.js';
import { type ChatState, emptyChat } from './chat-state.js';
import type { Effect } from './effect.js';
import type { Overlay } from './overlay.js';
import { noThreads, type ThreadsState } from './threads-state.js';
import { noTraffic, type WatchState } from './watch-state.js';

export const screenNames = ['watch', 'chat', 'threads', 'agents'] as const;

export type ScreenName = (typeof screenNames)[number];

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** The connection to NATS. */
export interface LinkState {
  readonly status: 'connecting' | 'up' | 'down';
  readonly sinceMs: number;
  readonly detail: string;
}

/** How the registry answered last. */
export interface RegistryState {
  readonly answeredMs?: number;
  /** Absent when the last answer was good. */
  readonly error?: string;
}

/** A short message in the last line. */
export interface Notice {
  readonly text: string;
  readonly tone: 'good' | 'warn' | 'bad';
  readonly untilMs: number;
}

/** Everything there is to show. */
export interface AppState {
  readonly size: Size;
  readonly nowMs: number;
  readonly screen: ScreenName;
  /** Where `esc` leads back to after a jump from one screen to another. */
  readonly cameFrom: readonly ScreenName[];
  /** Address of the server, without secrets. */
  readonly server: string;
  /** The named connection. */
  readonly context?: { readonly name: string; readonly production: boolean };
  readonly link: LinkState;
  readonly registry: RegistryState;
  readonly overlay: Overlay;
  readonly notice?: Notice;
  /** How far the text on the screen can be scrolled. */
  readonly scrollMost: number;
  /** Usernames by account id. */
  readonly names: ReadonlyMap<string, string>;
  /** The operator's own account, once it has joined to chat. */
  readonly ownAccountId?: string;
  /** Looks and never publishes: the operator's agent does not join. */
  readonly isObserver: boolean;
  readonly watch: WatchState;
  readonly chat: ChatState;
  readonly threads: ThreadsState;
  readonly agents: AgentsState;
}

export interface Beginning {
  size: Size;
  nowMs: number;
  server: string;
  context?: { readonly name: string; readonly production: boolean };
  /** Makes ids of threads and messages unlike those of other processes. */
  seed: string;
  isObserver?: boolean;
}

export function initialState({ size, nowMs, server, context, seed, isObserver = false }: Beginning): AppState {
  return {
    size,
    nowMs,
    screen: 'watch',
    cameFrom: [],
    server,
    ...(context ? { context } : {}),
    link: { status: 'connecting', sinceMs: nowMs, detail: '' },
    registry: {},
    overlay: { kind: 'none' },
    scrollMost: 0,
    names: new Map(),
    isObserver,
    watch: noTraffic,
    chat: emptyChat(seed),
    threads: noThreads,
    agents: noAgents,
  };
}

/** What an action makes of the state, and what is to be done outside. */
export interface Step {
  readonly state: AppState;
  readonly effects: readonly Effect[];
}

export function step(state: AppState, ...effects: Effect[]): Step {
  return { state, effects };
}

const noticeMs = 4000;
/** A notice of this age has been seen; whoever presses a key then has gone on. */
const noticeReadMs = 1000;

export function withNotice(state: AppState, text: string, tone: Notice['tone'] = 'good'): AppState {
  return { ...state, notice: { text, tone, untilMs: state.nowMs + noticeMs } };
}

/** The state as somebody who goes on wants it: with the keys where an old notice stood. */
export function withoutReadNotice(state: AppState): AppState {
  const { notice, ...rest } = state;
  return notice !== undefined && state.nowMs >= notice.untilMs - noticeMs + noticeReadMs ? rest : state;
}

/** Rows between the two lines at the top and the one at the bottom. Ink clears the screen when all rows are used, so one stays free. */
export function bodyRows({ rows }: Size): number {
  return Math.max(0, rows - 4);
}

/** How a person reads an account: its username, else the end of its id. */
export function nameOf({ names }: Pick<AppState, 'names'>, accountId: string): string {
  const username = names.get(accountId);
  if (username !== undefined) return `@${username}`;
  return /^acct_/.test(accountId) && accountId.length > 14 ? `acct…${accountId.slice(-6)}` : accountId;
}

/** How an account is written to: by its username, else by its id. */
export function addressOf({ names }: Pick<AppState, 'names'>, accountId: string): string {
  const username = names.get(accountId) ?? '';
  return username === '' ? `account:${accountId}` : `@${username}`;
}

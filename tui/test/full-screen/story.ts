import { Model } from '../../src/full-screen/model.js';
import type { Action } from '../../src/state/action.js';
import { initialState, type Size } from '../../src/state/app-state.js';
import type { Effect } from '../../src/state/effect.js';
import type { AgentEntry, MessageEntry, ThreadEntry } from '../../src/state/entries.js';
import type { MessageEvent, ReceiptEvent, TrafficEvent } from '../../src/traffic/index.js';

/** When the story happens. */
export const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5);

export const accounts = {
  guide: 'acct_01kdzz4v7hq9r3m5guide00',
  echo: 'acct_01kdzz4v7hq9r3m5echo000',
  poet: 'acct_01kdzz4v7hq9r3m5poet000',
} as const;

type Who = keyof typeof accounts;

/** A model with a clock that stands still, and what it asked to be done. */
export interface Stage {
  model: Model;
  effects: Effect[];
  /** Presses keys, named as in the keymap. */
  press(...keys: string[]): void;
  /** Types a text in one piece. */
  type(text: string): void;
  pass(ms: number): void;
}

export function stage(size: Size = { columns: 80, rows: 24 }, isObserver = false): Stage {
  const effects: Effect[] = [];
  let clock = nowMs;
  const initial = initialState({ size, nowMs, server: 'nats://127.0.0.1:4222', seed: 'story', isObserver });
  const model = new Model({ initial, perform: (effect) => effects.push(effect), now: () => clock });
  return {
    model,
    effects,
    press: (...keys) => {
      for (const key of keys) model.key(...inkKey(key));
    },
    type: (text) => model.key(text, {}),
    pass: (ms) => {
      clock += ms;
    },
  };
}

const special: Readonly<Record<string, object>> = {
  enter: { return: true },
  esc: { escape: true, meta: true },
  up: { upArrow: true },
  down: { downArrow: true },
  left: { leftArrow: true },
  right: { rightArrow: true },
  tab: { tab: true },
  backspace: { delete: true },
  pageup: { pageUp: true },
  pagedown: { pageDown: true },
};

function inkKey(name: string): [string, object] {
  if (special[name]) return ['', special[name]];
  if (name.startsWith('ctrl+')) return [name.slice(5), { ctrl: true }];
  if (name === 'alt+enter') return ['', { return: true, meta: true }];
  if (name.startsWith('alt+')) return [name.slice(4), { meta: true }];
  return [name, {}];
}

/** What the network told before anybody pressed a key. */
export function tellStory({ model, pass }: Stage): void {
  const actions: Action[] = [
    { type: 'link', status: 'up', detail: '' },
    { type: 'agentsLoaded', rows: agents },
    { type: 'trustKnown', accountId: accounts.poet, trust: 'signed' },
    { type: 'trustKnown', accountId: accounts.echo, trust: 'claimed' },
    { type: 'trustKnown', accountId: accounts.guide, trust: 'claimed' },
    { type: 'traffic', events: traffic },
  ];
  for (const action of actions) model.dispatch(action);
  pass(1500);
  model.dispatch({ type: 'tick' });
}

const agents: AgentEntry[] = [
  agent('echo', 'Echo', [], 3200),
  agent('guide', 'Guide', [], 41_000),
  agent('poet', 'The Poet', ['text.poem', 'text.haiku'], 800),
];

function agent(who: Who, name: string, capabilities: string[], ageMs: number): AgentEntry {
  const session = { tag: `${who}_session`, agentId: who, lastSeenMs: nowMs - ageMs };
  return {
    accountId: accounts[who],
    username: who,
    name,
    capabilities,
    metadata: '{}',
    sessions: [session],
    lastSeenMs: nowMs - ageMs,
  };
}

/** A message as the traffic has it. */
export function message(changes: Partial<MessageEvent> & { messageId: string }): MessageEvent {
  const text = changes.text ?? 'hello';
  return {
    type: 'message',
    atMs: nowMs,
    subject: 'account.x.inbox',
    bytes: 100,
    channel: 'inbox',
    threadId: 'ops_1',
    traceId: changes.messageId,
    kind: 'direct',
    from: { accountId: accounts.guide },
    to: { accountId: accounts.echo },
    isSigned: false,
    wantsReply: changes.kind === 'request',
    text,
    json: JSON.stringify({ text }),
    isCut: false,
    ...changes,
  };
}

/** A receipt as the traffic has it. */
export function receipt(messageId: string, status: string, changes: Partial<ReceiptEvent> = {}): ReceiptEvent {
  return {
    type: 'receipt',
    atMs: nowMs,
    subject: 'account.x.receipts',
    bytes: 50,
    messageId,
    status,
    from: { accountId: accounts.echo },
    to: { accountId: accounts.guide },
    threadId: 'ops_1',
    ...changes,
  };
}

const before = (ms: number) => ({ atMs: nowMs - ms });

export const traffic: TrafficEvent[] = [
  message({ messageId: 'm1', kind: 'request', text: 'Is anybody there?', ...before(9000) }),
  receipt('m1', 'accepted', before(8996)),
  message({
    messageId: 'm2',
    kind: 'reply',
    parentMessageId: 'm1',
    text: 'Is anybody there?',
    from: { accountId: accounts.echo },
    to: { accountId: accounts.guide },
    ...before(8880),
  }),
  receipt('m1', 'processed', before(8878)),
  message({
    messageId: 'm3',
    kind: 'request',
    text: 'a poem about rivers',
    to: { capability: 'text.poem' },
    ...before(6000),
  }),
  receipt('m3', 'rejected', {
    code: 'busy',
    detail: 'the queue is full',
    from: { accountId: accounts.poet },
    ...before(5990),
  }),
  message({ messageId: 'm4', text: 'fire and forget', threadId: 'ops_2', ...before(2500) }),
  receipt('m4', 'accepted', { ...before(2496), threadId: 'ops_2' }),
];

export const threads: ThreadEntry[] = [
  thread('ops_2', 1, 12, 2500),
  thread('ops_1', 3, 57, 5990),
  thread('demo_83c3dd96', 1204, 9_800_000, 86_400_000 * 3, 'needs_compaction'),
];

function thread(threadId: string, messages: number, tokens: number, ageMs: number, status = 'ok'): ThreadEntry {
  return {
    threadId,
    participants: [accounts.guide, accounts.echo],
    messages,
    pending: messages,
    tokens,
    status,
    lastMs: nowMs - ageMs,
    json: '{}',
  };
}

export const opsMessages: MessageEntry[] = [
  entry('m1', 'guide', 'echo', { kind: 'request', text: 'Is anybody there?', sentMs: nowMs - 9000 }),
  entry('m2', 'echo', 'guide', { kind: 'reply', text: 'Is anybody there?', sentMs: nowMs - 8880, parentId: 'm1' }),
  entry('m3', 'guide', 'poet', { kind: 'request', text: 'a poem about rivers', sentMs: nowMs - 6000 }),
];

/** A recorded message. */
export function entry(messageId: string, from: Who, to: Who, rest: Partial<MessageEntry>): MessageEntry {
  return {
    messageId,
    threadId: 'ops_1',
    from: accounts[from],
    to: accounts[to],
    kind: 'direct',
    text: '',
    json: '{}',
    sentMs: nowMs,
    ...rest,
  };
}

/** What is asked for on the Threads screen, answered. */
export function answerThreads({ model }: Stage): void {
  model.dispatch({ type: 'threadsLoaded', filter: '', isFirstPage: true, rows: threads });
}

export function answerThread({ model }: Stage, rows: readonly MessageEntry[] = opsMessages): void {
  model.dispatch({ type: 'threadLoaded', threadId: 'ops_1', isNewest: true, rows });
}

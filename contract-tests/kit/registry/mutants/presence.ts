import { operations } from '@agentnet/protocol';
import {
  answering,
  asking,
  type Body,
  edited,
  type FaultyRegistry,
  mutant,
  type Notes,
  type Passing,
  passing,
  rewritten,
} from './fault.js';

const isHello = ({ subject }: Passing): boolean => subject === operations.hello.subject;
const isGoodbye = ({ subject }: Passing): boolean => subject === operations.goodbye.subject;
const rows = (reply: Body, change: (row: Body) => Body): Body => ({ ...reply, agents: reply['agents'].map(change) });
const isJson = (text: string): boolean => {
  try {
    return JSON.parse(text) !== undefined;
  } catch {
    return false;
  }
};

/** Remembers what hellos claim, for faults that believe it. */
function believing(change: (row: Body, claimed: Body) => Body): FaultyRegistry['fault'] {
  return {
    pass({ json, ...frame }, notes) {
      if (isHello({ json, ...frame }) && json?.['session_tag']) notes.set(json['session_tag'], json);
      return 'unchanged';
    },
    ...edited('list', (reply, _, notes) => rows(reply, (row) => change(row, notes.get(row['session_tag']) ?? {}))),
  };
}

/** Registrations of this faulty registry, for faults that must know its sessions. */
function knowing(pass: (frame: Passing, notes: Notes) => readonly Passing[] | 'unchanged'): FaultyRegistry['fault'] {
  return {
    ...edited('register', (reply, _, notes) => {
      notes.set(reply['session_tag'], true);
      notes.set('last', reply['session_tag']);
    }),
    pass,
  };
}

/** Registries that are wrong about sessions. */
export const presenceMutants: readonly FaultyRegistry[] = [
  mutant(
    'row-without-username',
    ['presence.list.row'],
    edited('list', (reply) => rows(reply, ({ username: _, ...row }) => row)),
  ),
  mutant(
    'row-with-null',
    ['presence.list.no-null', 'presence.list.row'],
    edited('list', (reply) => rows(reply, (row) => ({ ...row, bio: null }))),
  ),
  mutant(
    'list-backwards',
    ['presence.list.order'],
    edited('list', (reply) => ({ ...reply, agents: [...reply['agents']].reverse() })),
  ),
  mutant(
    'list-of-one-page',
    ['presence.list.paging'],
    edited('list', (reply) => void delete reply['next_cursor']),
  ),
  mutant(
    'list-repeats-a-row',
    ['presence.list.walk', 'presence.list.paging'],
    edited('list', (reply, { cursor }, notes) => {
      const before = cursor === undefined ? undefined : notes.get(cursor);
      const agents = before ? [before, ...reply['agents'].slice(1)] : reply['agents'];
      notes.set(reply['next_cursor'], agents.at(-1));
      return { ...reply, agents };
    }),
  ),
  mutant(
    'list-refuses-malformed-bodies',
    ['presence.list.body'],
    answering(({ operation, text }) =>
      operation === 'list' && text !== '' && !isJson(text) ? { error: 'bad_request', code: 'bad_request' } : undefined,
    ),
  ),
  mutant(
    'hello-ignored',
    ['presence.hello.replace', 'presence.restore'],
    passing((frame) => (isHello(frame) ? [] : 'unchanged')),
  ),
  mutant(
    'hello-keeps-metadata',
    ['presence.hello.replace'],
    passing((frame) =>
      isHello(frame) && frame.json ? [rewritten(frame, { metadata: { team: 'ops' } })] : 'unchanged',
    ),
  ),
  mutant(
    'claimed-last-seen-believed',
    ['presence.hello.last-seen'],
    believing((row, { last_seen }) => ({ ...row, ...(last_seen ? { last_seen } : {}) })),
  ),
  mutant(
    'hello-writes-the-profile',
    ['presence.hello.agent-id'],
    edited('profile', (reply) => ({
      ...reply,
      profile: { ...reply['profile'], display_name: reply['profile'].online_sessions[0]?.capabilities[0] ?? 'x' },
    })),
  ),
  mutant(
    'hello-moves-the-account',
    ['presence.hello.account-fixed'],
    believing((row, { account_id }) => ({ ...row, ...(account_id ? { account_id } : {}) })),
  ),
  mutant('incomplete-hello-applied', ['presence.hello.incomplete'], {
    pass(frame, notes) {
      const { json } = frame;
      if (!isHello(frame) || !json?.['session_tag']) return 'unchanged';
      if (typeof json['agent_id'] === 'string') notes.set(json['session_tag'], json['agent_id']);
      return [rewritten(frame, { agent_id: notes.get(json['session_tag']) ?? json['agent_id'] })];
    },
  }),
  mutant('deaf-after-a-broken-hello', ['presence.hello.malformed'], {
    pass(frame, notes) {
      if (isHello(frame) && !frame.json) notes.set('deaf', true);
      return isHello(frame) && notes.get('deaf') ? [] : 'unchanged';
    },
  }),
  mutant('oversized-hello-kills-the-list', ['presence.hello.oversized'], {
    pass(frame, notes) {
      if (isHello(frame) && frame.text.length > 500_000) notes.set('dead', true);
      return 'unchanged';
    },
    answer: ({ operation }, notes) => (operation === 'list' && notes.get('dead') ? 'silence' : 'unchanged'),
  }),
  mutant(
    'sessions-for-ever',
    ['presence.ttl'],
    edited('list', (reply, _, notes) => {
      const kept: Map<string, Body> = notes.get('kept') ?? new Map();
      notes.set('kept', kept);
      for (const row of reply['agents']) kept.set(row['session_tag'], row);
      const agents = [...kept.values()].sort((a, b) =>
        `${a['agent_id']}\n${a['session_tag']}` < `${b['agent_id']}\n${b['session_tag']}` ? -1 : 1,
      );
      return { ...reply, agents };
    }),
  ),
  mutant(
    'ghosts-online',
    ['presence.no-ghosts'],
    edited('profile', (reply) => ({ ...reply, profile: { ...reply['profile'], online: true } })),
  ),
  mutant(
    'goodbye-ignored',
    ['presence.goodbye.removes'],
    passing((frame) => (isGoodbye(frame) ? [] : 'unchanged')),
  ),
  mutant(
    'unknown-goodbye-ends-another',
    ['presence.goodbye.unknown'],
    knowing((frame, notes) =>
      isGoodbye(frame) && frame.json && !notes.get(frame.json['session_tag'])
        ? [rewritten(frame, { session_tag: notes.get('last') })]
        : 'unchanged',
    ),
  ),
  mutant(
    'unknown-tags-ignored',
    ['presence.restore', 'presence.restore.resolve'],
    knowing((frame, notes) => (isHello(frame) && !notes.get(frame.json?.['session_tag']) ? [] : 'unchanged')),
  ),
  mutant(
    'bare-hello-on-a-new-account',
    ['presence.restore.resolve'],
    knowing((frame, notes) =>
      isHello(frame) &&
      frame.json?.['session_tag'] &&
      !notes.get(frame.json['session_tag']) &&
      !frame.json['account_id']
        ? [rewritten(frame, { agent_id: `other_${frame.json['session_tag']}` })]
        : 'unchanged',
    ),
  ),
  mutant(
    'list-limit-ignored',
    ['rpc.limit'],
    asking('list', (asked) => void delete asked['limit']),
  ),
];

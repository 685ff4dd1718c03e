import type { Feature } from '@agentnet/protocol';
import { absent } from './difference.js';
import type { BetterAnswer, Expected } from './judge.js';

/*
 * Every place where our agents deliberately answer otherwise than the recorded ones did to the same input. Numbers of scenarios and
 * frames are those of the recordings. What is not listed fails the replay; so does what no longer occurs.
 */

const feature: Feature = 'receipts_with_reply';
const isText = (value: unknown): boolean => typeof value === 'string' && value !== absent;

interface Change {
  readonly scenario: number;
  readonly reason: string;
  readonly cites: BetterAnswer['cites'];
}

/** Frames of the recording that do not come, and frames that come instead, by the recorded frame they follow. */
function otherFrames(
  change: Change,
  recorded: Readonly<Record<number, string>>,
  ours: readonly (readonly [number, string])[],
): BetterAnswer[] {
  const missing = Object.entries(recorded).map(([n, signature]) => frame(change, Number(n), [signature, absent]));
  return [...missing, ...ours.map(([n, signature]) => frame(change, n, [absent, signature]))];
}

function frame(change: Change, n: number, [recorded, ours]: readonly [Expected, Expected]): BetterAnswer {
  return field(change, { frames: [n], field: 'frame', recorded, ours });
}

function field(
  { scenario, reason, cites }: Change,
  what: Pick<BetterAnswer, 'field' | 'recorded' | 'ours'> & { frames?: readonly number[] },
): BetterAnswer {
  return { scenarios: [scenario], reason, cites, ...what };
}

const [accepted, processed, answered, refused] = [
  'receipt accepted',
  'receipt processed',
  'message reply reply',
  'message reply error',
];

const ttlAsText: Omit<Change, 'scenario'> = {
  reason: 'ttl_ms as text breaks the schema: no published agent sends it',
  cites: ['message.malformed', 'message.malformed.receipt', 'DESIGN 9'],
};
const undecodable: Change = {
  scenario: 37,
  reason: 'a body that cannot be read is answered where there is somebody to answer',
  cites: ['message.malformed', 'D-14'],
};
const emptyIds: Change = {
  scenario: 37,
  reason: 'a reply has ids of its own where the request has none, and names nobody as unknown',
  cites: ['message.empty-body', 'request.reply.target'],
};
const waiting: Change = {
  scenario: 50,
  reason: 'workers take messages at once, so that only those that wait count against maxPending',
  cites: ['inbox.busy', 'inbox.workers'],
};
const perAccount: Change = {
  scenario: 53,
  reason: 'the rate is kept by account: inventing session tags, or going on after scenario 52, does not escape it',
  cites: ['inbox.rate-limit.forged', 'D-41'],
};

const withoutAuth: readonly BetterAnswer[] = [
  ...otherFrames({ scenario: 27, ...ttlAsText }, { 96: accepted, 97: answered, 98: processed }, [
    [98, 'receipt rejected bad_message'],
    [98, refused],
  ]),
  ...otherFrames({ scenario: 28, ...ttlAsText }, { 101: 'receipt rejected missing_ttl' }, [
    [101, 'receipt rejected bad_message'],
  ]),
  field({ scenario: 28, ...ttlAsText }, { field: '/payload/error', recorded: 'missing_ttl', ours: 'bad_message' }),
  field({ scenario: 28, ...ttlAsText }, { field: '/payload/detail', recorded: isText, ours: isText }),
  ...otherFrames(
    {
      scenario: 36,
      reason: 'an oversized message is refused instead of being dropped in silence',
      cites: ['message.size.reply', 'D-14'],
    },
    {},
    [
      [133, 'receipt rejected payload_too_large'],
      [133, refused],
    ],
  ),
  ...otherFrames(undecodable, {}, [
    [136, refused],
    [137, refused],
    [138, refused],
  ]),
  field(emptyIds, { frames: [141], field: '/to_agent', recorded: '', ours: 'unknown' }),
  field(emptyIds, { frames: [141], field: '/trace_id', recorded: '', ours: isText }),
  ...otherFrames(
    {
      scenario: 38,
      reason: 'an expiry beyond all instants is one that never comes, not a crash that drops the message',
      cites: ['inbox.ttl.overflow', 'D-17'],
    },
    {},
    [
      [143, accepted],
      [143, answered],
      [143, processed],
    ],
  ),
  field(
    {
      scenario: 48,
      reason: 'an empty id is left out',
      cites: ['message.sent.no-null'],
    },
    { frames: [189], field: '/parent_message_id', recorded: '', ours: absent },
  ),
  ...otherFrames(waiting, { 201: 'receipt rejected busy', 202: 'receipt rejected busy' }, [
    [202, accepted],
    [208, processed],
  ]),
  ...otherFrames(
    {
      scenario: 51,
      reason: 'a message that expires while it waits is not handled',
      cites: ['inbox.ttl.dequeue', 'D-45'],
    },
    { 218: processed },
    [[218, 'receipt rejected expired']],
  ),
  field(perAccount, { field: 'frame', recorded: accepted, ours: absent }),
  field(perAccount, { field: 'frame', recorded: processed, ours: absent }),
  field(perAccount, { field: 'frame', recorded: absent, ours: 'receipt rejected rate_limited' }),
];

/** A question for a key, and its answer. */
function keyLookup(after: number): (readonly [number, string])[] {
  return [
    [after, 'rpc request registry.resolve_key'],
    [after, 'rpc reply registry.resolve_key'],
  ];
}

const withAuth: readonly BetterAnswer[] = [
  ...otherFrames(
    {
      scenario: 41,
      reason: 'a key that is not the known one may be a new one, so the registry is asked again',
      cites: ['auth.key.change'],
    },
    {},
    keyLookup(106),
  ),
  field(
    {
      scenario: 30,
      reason: 'a registration carries no clock: the registry ignores it and uses its own',
      cites: ['presence.hello.last-seen'],
    },
    { field: '/last_seen', recorded: isText, ours: absent },
  ),
  field(
    {
      scenario: 30,
      reason: 'an agent asks what its registry can do',
      cites: ['identity.register.features'],
    },
    { field: '/features', recorded: absent, ours: [feature] },
  ),
];

const among: readonly BetterAnswer[] = [
  ...otherFrames(
    {
      scenario: 47,
      reason: 'a message signed for somebody else is refused',
      cites: ['auth.message.audience', 'D-11'],
    },
    { 131: accepted, 132: processed },
    [
      [132, 'receipt rejected auth_recipient_mismatch'],
      [132, refused],
    ],
  ),
  ...otherFrames(
    {
      scenario: 50,
      reason: 'the recorded agent had asked before',
      cites: ['auth.key-lookup.bounded'],
    },
    {},
    keyLookup(133),
  ),
  ...otherFrames(
    {
      scenario: 51,
      reason: 'whether an unsigned receipt may count depends on what its account speaks, so the registry is asked',
      cites: ['auth.v2.receipt', 'D-05'],
    },
    {},
    keyLookup(136),
  ),
];

/** Where our agents answer otherwise than the recorded ones, by cast. */
export const replayedAnswers: Readonly<Record<string, readonly BetterAnswer[]>> = {
  'without auth': withoutAuth,
  'with auth': withAuth,
  'with auth, among intruders': among,
};

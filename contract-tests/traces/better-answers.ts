import { isDeepStrictEqual } from 'node:util';
import { type ErrorCode, type Feature, isErrorCode, type RuleId, subjectPatterns, subjects } from '@agentnet/protocol';
import { absent } from './difference.js';
import type { BetterAnswer, Expected } from './judge.js';

/*
 * Every place where our traffic deliberately differs from the recorded traffic of the protocol's first version. Numbers of
 * scenarios and frames are those of the recordings. What is not listed fails the replay; so does what no longer occurs.
 */

const isText = (value: unknown): boolean => typeof value === 'string' && value !== absent;
const isListOfTexts = (value: unknown): boolean => Array.isArray(value) && value.length > 0 && value.every(isText);
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
const isAnswer = (value: unknown): boolean => isObject(value) && !('error' in Object(value));
const isValueOfText = (value: unknown, text: unknown): boolean => isDeepStrictEqual(value, JSON.parse(String(text)));

const feature: Feature = 'receipts_with_reply';

/** What the recorded agents registered. */
const registeredCapabilities = [['chat'], ['calculator', 'math.add']];
const registeredMetadata = ['ops', 1, 1.5, { z: null }];
const isRegistered =
  (registered: readonly unknown[]) =>
  (value: unknown): boolean =>
    registered.some((known) => isDeepStrictEqual(value, known));
const isRefusal =
  (code: ErrorCode) =>
  (value: unknown): boolean =>
    isObject(value) && Object(value).code === code;

const refusingScenarios = [15, 60, 64, 65, 67, 68, 69, 71, 72];

const refusals: readonly BetterAnswer[] = [
  {
    scenarios: refusingScenarios,
    field: '/code',
    recorded: absent,
    ours: isErrorCode,
    reason: 'refusals carry a code to branch on beside the recorded text',
    cites: ['rpc.error.shape'],
  },
  {
    scenarios: refusingScenarios,
    field: '/detail',
    recorded: absent,
    ours: isText,
    reason: 'refusals say what is wrong and where',
    cites: ['rpc.error.shape'],
  },
  refusedTypes(60, [300], ['rpc.types']),
  refusedTypes(63, [336, 338], ['rpc.types']),
  refusedTypes(66, [379, 381, 383, 385, 387, 389, 391, 393], ['discovery.search.limit-type', 'S-02']),
  refusedTypes(68, [426], ['discovery.search.flag-type', 'D-33']),
  refusedTypes(72, [509, 511, 513, 517, 519], ['identity.register.types', 'I-06']),
  {
    scenarios: [72],
    frames: [529, 531],
    field: '',
    recorded: isAnswer,
    ours: isRefusal('bad_request'),
    reason: 'account ids that could widen or split a subject are refused',
    cites: ['identity.ids.refused', 'D-02'],
  },
  answeredSilence(66, [398, 400], 'a number too large for any limit is refused'),
  answeredSilence(71, [446, 458, 464, 469, 474, 479, 485, 491, 496], 'a body that is not JSON is refused'),
  answeredSilence(72, [514], 'capabilities that are no list are refused'),
];

/** What a JSON column was read as before and is now. */
interface Kept {
  readonly recorded: Expected;
  readonly ours: Expected;
  readonly rule: RuleId;
}

const participants: Kept = { recorded: [], ours: isListOfTexts, rule: 'thread.status.participants' };
const payloads: Kept = { recorded: isText, ours: isValueOfText, rule: 'history.payload' };
const capabilities: Kept = { recorded: [], ours: isRegistered(registeredCapabilities), rule: 'discovery.types' };
const metadata: Kept = { recorded: absent, ours: isRegistered(registeredMetadata), rule: 'discovery.types' };

const values: readonly BetterAnswer[] = [
  readAsValue([60], '/participants', participants),
  readAsValue([61, 71], '/results/*/participants', participants),
  readAsValue([62, 63, 65, 66], '/messages/*/payload', payloads),
  readAsValue([66, 68, 71], '/results/*/capabilities', capabilities),
  readAsValue([66, 68, 71], '/results/*/metadata/*', metadata),
  readAsValue([67, 82], '/profile/capabilities', capabilities),
  readAsValue([67, 82], '/profile/metadata/*', metadata),
  readAsValue([67, 82], '/profile/online_sessions/*/capabilities', capabilities),
  readAsValue([67, 82], '/profile/online_sessions/*/metadata/*', metadata),
];

const paging: readonly BetterAnswer[] = [
  {
    scenarios: [61, 66, 71],
    field: '/next_cursor',
    recorded: absent,
    ours: isText,
    reason: 'lists that go on can be followed',
    cites: ['discovery.search.paging', 'D-35'],
  },
  {
    scenarios: [68],
    frames: [422, 424],
    field: '/results/*',
    recorded: isText,
    ours: absent,
    reason: '% and _ are letters like any other, not patterns that match everyone',
    cites: ['discovery.search.literal', 'D-33'],
  },
];

const history: readonly BetterAnswer[] = [
  notRecorded(27, 95, 'ttl_ms as text breaks the envelope schema: a dead letter'),
  notRecorded(28, 100, 'ttl_ms as text breaks the envelope schema: a dead letter'),
  notRecorded(36, 133, 'a body larger than any peer accepts is a dead letter'),
  {
    scenarios: [61, 71],
    field: '/results/15',
    recorded: 'thread_ad704a0d4dbf4d51be34ba9d268fb046',
    ours: absent,
    reason: 'the oversized message of scenario 36 makes no thread',
    cites: ['history.poison.visible'],
  },
  {
    scenarios: [61, 71],
    field: '/results/19',
    recorded: absent,
    ours: isText,
    reason: 'the next thread moves up to the place of the one that is not there',
    cites: ['history.poison.visible'],
  },
];

const rows: readonly BetterAnswer[] = [
  moreOfARow('from_agent', isText),
  moreOfARow('ttl_ms', (value) => value === null || typeof value === 'number'),
  moreOfARow('expires_at', (value) => value === null || isText(value)),
];

const metrics: readonly BetterAnswer[] = [
  ...['backlog', 'dead_letters', 'dead_letters_refused', 'fill', 'oldest_ms', 'receipts'].map(addedMetric),
  {
    scenarios: [70, 71],
    field: '/store_durability',
    recorded: absent,
    ours: isObject,
    reason: 'whether the database keeps what it committed through a loss of power is told',
    cites: ['discovery.metrics.reply'],
  },
  {
    scenarios: [70, 71],
    field: '/db_write_queue/max',
    recorded: 10_000,
    ours: 0,
    reason: 'captured messages wait in a stream with limits of its own, not in a bounded queue in memory',
    cites: ['subject.history.stream', 'D-19'],
  },
  {
    scenarios: [70, 71],
    field: '/db_write_queue/batch_size',
    recorded: 64,
    ours: 1000,
    reason: 'batches are larger',
    cites: ['discovery.metrics.reply'],
  },
  missingMetric('/latency_ms/compaction.maybe_emit', 'no compaction events are sent', 'thread.no-compaction-event'),
  missingMetric('/latency_ms/db.enqueue_message', 'nothing is queued in memory', 'subject.history.stream'),
  missingMetric('/latency_ms/handler.account_message', 'messages come from a stream', 'subject.history.stream'),
  missingMetric('/handlers/account_message', 'messages come from a stream', 'subject.history.stream'),
];

const presence: readonly BetterAnswer[] = [
  {
    scenarios: [82],
    frames: [545],
    field: '/agents/0',
    recorded: absent,
    ours: isText,
    reason: 'sessions are on record, so a restarted registry knows them before their next hello',
    cites: ['presence.no-ghosts', 'DESIGN 5'],
  },
];

/** Where our registry answers otherwise. */
export const registryAnswers: readonly BetterAnswer[] = [
  ...refusals,
  ...values,
  ...paging,
  ...history,
  ...rows,
  ...metrics,
  ...presence,
];

/** An answered request in the recording: the frames of both receipts. */
const receiptsOfRequests = { 8: [27, 29], 9: [31, 33], 10: [36, 38] };

const receiptsWithReply: readonly BetterAnswer[] = [
  {
    scenarios: [1, 2],
    field: '/features',
    recorded: absent,
    ours: [feature],
    reason: 'an agent asks what its registry can do, and the registry says so',
    cites: ['identity.register.features'],
  },
  {
    scenarios: [8, 9, 10, 11, 14],
    field: '/receipts',
    recorded: absent,
    ours: 'with_reply',
    reason: 'a requester reads the receipts from the reply',
    cites: ['receipt.with-reply', 'receipt.with-reply.feature'],
  },
  {
    scenarios: [8, 9, 10],
    field: '/parent_status',
    recorded: absent,
    ours: 'processed',
    reason: 'the reply stands for the receipts',
    cites: ['receipt.with-reply'],
  },
  ...Object.entries(receiptsOfRequests).flatMap(([scenario, frames]) => needlessReceipts(Number(scenario), frames)),
];

/** Where our agents act otherwise. */
export const agentAnswers: readonly BetterAnswer[] = [
  ...receiptsWithReply,
  {
    scenarios: [1, 2],
    field: '/last_seen',
    recorded: isText,
    ours: absent,
    reason: 'a registration carries no clock: the registry ignores it and uses its own',
    cites: ['presence.hello.last-seen'],
  },
  {
    scenarios: [8, 9, 10, 11, 14],
    field: 'reply',
    recorded: subjectPatterns.plainInbox,
    ours: subjectPatterns.replyInbox,
    reason: 'replies come to inboxes of the session, which the history records',
    cites: ['request.reply.subject', 'history.replies'],
  },
  ...presenceProbe(11, [40, 41], subjects.registrySearch),
  ...presenceProbe(14, [56], subjects.registryProfile),
  {
    scenarios: [15],
    field: '/code',
    recorded: absent,
    ours: 'not_found',
    reason: 'refusals carry a code to branch on beside the recorded text',
    cites: ['rpc.error.shape'],
  },
  {
    scenarios: [15],
    field: '/detail',
    recorded: absent,
    ours: isText,
    reason: 'refusals say what is wrong and where',
    cites: ['rpc.error.shape'],
  },
  noFallback(61, `rpc request ${subjects.registryList}`),
  noFallback(62, `rpc reply ${subjects.registryList}`),
];

type Citations = BetterAnswer['cites'];

function refusedTypes(scenario: number, frames: readonly number[], cites: Citations): BetterAnswer {
  const reason = 'wrong JSON types are refused instead of being turned into text or numbers';
  const citations: Citations = [...cites, 'DESIGN 9'];
  return {
    scenarios: [scenario],
    frames,
    field: '',
    recorded: isAnswer,
    ours: isRefusal('bad_request'),
    reason,
    cites: citations,
  };
}

function answeredSilence(scenario: number, frames: readonly number[], reason: string): BetterAnswer {
  const ours = isRefusal('bad_request');
  return {
    scenarios: [scenario],
    frames,
    field: 'frame',
    recorded: absent,
    ours,
    reason,
    cites: ['rpc.answered', 'D-16'],
  };
}

function readAsValue(scenarios: readonly number[], field: string, { recorded, ours, rule }: Kept): BetterAnswer {
  return {
    scenarios,
    field,
    recorded,
    ours,
    reason: 'JSON columns are read as the values they hold',
    cites: [rule, 'D-30'],
  };
}

function notRecorded(scenario: number, frame: number, reason: string): BetterAnswer {
  const cites: Citations = ['history.poison.visible', 'DESIGN 9'];
  return { scenarios: [scenario], frames: [frame], field: 'history', recorded: isText, ours: absent, reason, cites };
}

function moreOfARow(name: string, ours: Expected): BetterAnswer {
  const reason = 'a message on record says who sent it and how long it lives';
  return {
    scenarios: [62, 63, 65, 66],
    field: `/messages/*/${name}`,
    recorded: absent,
    ours,
    reason,
    cites: ['history.row'],
  };
}

function addedMetric(name: string): BetterAnswer {
  return {
    scenarios: [70, 71],
    field: `/db_write_queue/${name}`,
    recorded: absent,
    ours: (value) => typeof value === 'number',
    reason: 'what waits, what was lost and what was set aside is told before it hurts',
    cites: ['history.limit.visible'],
  };
}

function missingMetric(field: string, reason: string, rule: RuleId): BetterAnswer {
  return { scenarios: [70, 71], field, recorded: isObject, ours: absent, reason, cites: [rule] };
}

/** History capture hides that nobody is there, so the agent asks the registry and fails long before its timeout. */
function presenceProbe(scenario: number, frames: readonly number[], subject: string): BetterAnswer[] {
  const reason = 'an absent recipient is noticed by asking the registry for its presence';
  const cites: Citations = ['request.absent.recorded', 'D-09', 'M-11'];
  return [`rpc request ${subject}`, `rpc reply ${subject}`].map((ours) => ({
    scenarios: [scenario],
    frames,
    field: 'frame',
    recorded: absent,
    ours,
    reason,
    cites,
  }));
}

function needlessReceipts(scenario: number, frames: readonly number[]): BetterAnswer[] {
  return ['accepted', 'processed'].map((status, index) => ({
    scenarios: [scenario],
    frames: frames.slice(index, index + 1),
    field: 'frame',
    recorded: `receipt ${status}`,
    ours: absent,
    reason: 'the reply stands for the receipts',
    cites: ['receipt.with-reply'],
  }));
}

function noFallback(frame: number, recorded: string): BetterAnswer {
  const reason = 'a failed lookup is final: the spoofable list of sessions is not asked';
  return {
    scenarios: [15],
    frames: [frame],
    field: 'frame',
    recorded,
    ours: absent,
    reason,
    cites: ['send.target.final', 'D-07'],
  };
}

import { errorCodes, limits, type Message, nowTimestamp } from '@agentnet/protocol';
import { aMessage, type MessageText } from '../../harness/message-builder.js';
import { type AgentStage, agentScenario, type Scenario } from '../core/scenario.js';
import type { JoinOptions } from '../peer-process/acting-peer.js';
import { type Facing, facing, facingFrom, outcomeOf, payloadOf, unlimited } from './facing.js';

const inMs = (ms: number): string => nowTimestamp(Date.now() + ms);

const naive = (ms: number): string => inMs(ms).replace('Z', '');

/** Rows of the protocol's ttl table, told from now; a minute is enough on either side of the truth. */
const ttlTable = (): readonly [name: string, fields: Partial<Message>, code: string][] => [
  ['a live ttl', { sent_at: inMs(0), ttl_ms: 60_000 }, 'processed'],
  ['a ttl that has passed', { sent_at: inMs(-10_000), ttl_ms: 10_000 }, 'expired'],
  ['a negative ttl', { sent_at: inMs(0), ttl_ms: -5 }, 'expired'],
  ['only expires_at', { sent_at: inMs(0), expires_at: inMs(60_000) }, 'processed'],
  ['an expires_at in the past', { expires_at: inMs(-1_000) }, 'expired'],
  ['an expires_at before the ttl', { sent_at: inMs(-10_000), ttl_ms: 60_000, expires_at: inMs(-5_000) }, 'expired'],
  ['a ttl before expires_at', { sent_at: inMs(-10_000), ttl_ms: 5, expires_at: inMs(3_600_000) }, 'expired'],
  ['no expiry at all', { sent_at: inMs(0) }, 'missing_ttl'],
  ['a ttl without sent_at', { ttl_ms: 1_000 }, 'missing_ttl'],
  ['a ttl with a sent_at that is no time', { sent_at: 'x', ttl_ms: 1_000 }, 'missing_ttl'],
  ['an expires_at that is no time', { sent_at: inMs(0), ttl_ms: 60_000, expires_at: 'x' }, 'processed'],
  ['times without a zone', { sent_at: naive(0), ttl_ms: 60_000 }, 'processed'],
  ['a sent_at years ahead', { sent_at: inMs(4 * 365 * 86_400_000), ttl_ms: 1 }, 'processed'],
];

const schemaTable: readonly [version: string | number | null, code: string][] = [
  ...(['1', '1.0', '1.1', '1.99.x', '', null, '+1', ' 1.1 ', 1, 1.1, '01'] as const).map(
    (v) => [v, 'processed'] as [typeof v, string],
  ),
  ...(['2', '2.0', '0.9', '-1', 2] as const).map((v) => [v, 'unsupported_schema_version'] as [typeof v, string]),
  ...(['abc', '1a', '1,0'] as const).map((v) => [v, 'schema_version_invalid'] as [typeof v, string]),
];

/** Sends as a request; the verdict of the receipt, which an error reply must repeat. */
async function verdictOf(stage: AgentStage, { ask, receiptsOf }: Facing, body: MessageText): Promise<string> {
  const answer = ask(body);
  const receipts = await stage.judge.comes('receipt.refused', 'a final receipt', receiptsOf(body));
  const last = receipts.at(-1);
  if (!last || last.status === 'processed') return 'processed';
  stage.judge.equal('receipt.refused', receipts.length, 1, `receipts of a message refused as ${last.code}`);
  const payload = { error: last.code, detail: last.detail, request_message_id: body.message_id };
  const reply = await stage.judge.comes('request.refused', 'an error reply', answer);
  stage.judge.matches('request.refused', payloadOf(reply), payload, 'the error reply of a refused request');
  const facts = errorCodes[last.code as keyof typeof errorCodes] as { detail?: string } | undefined;
  if (facts?.detail) stage.judge.equal('receipt.refused', last.detail, facts.detail, `the detail of ${last.code}`);
  return last.code ?? 'no code';
}

const echoing: JoinOptions = { ...unlimited, handle: { how: 'echo' } };

export const guardrailScenarios: readonly Scenario[] = [
  agentScenario(
    {
      id: 'guardrails.ttl',
      title: 'given the ttl table, when each row arrives as a request, then receipt and error reply give its verdict',
      cases: ['G-01'],
      rules: ['inbox.ttl.table', 'inbox.ttl.missing', 'inbox.ttl.expired', 'receipt.refused', 'request.refused'],
    },
    async (stage) => {
      const pair = await facing(stage, echoing);
      for (const [name, fields, code] of ttlTable()) {
        const { sent_at: _sent, ttl_ms: _ttl, expires_at: _end, ...rest } = pair.message();
        const rule =
          code === 'missing_ttl' ? 'inbox.ttl.missing' : code === 'expired' ? 'inbox.ttl.expired' : 'inbox.ttl.table';
        stage.judge.equal(
          rule,
          await verdictOf(stage, pair, { ...rest, ...fields } as MessageText),
          code,
          `a message with ${name}`,
        );
      }
    },
  ),
  agentScenario(
    {
      id: 'guardrails.schema-version',
      title: 'given the table of schema versions, when each row arrives, then receipt and error reply give its verdict',
      cases: ['G-02'],
      rules: ['inbox.schema-version', 'inbox.schema-version.unsupported', 'inbox.schema-version.invalid'],
    },
    async (stage) => {
      const pair = await facing(stage, echoing);
      for (const [schema_version, code] of schemaTable) {
        const verdict = await verdictOf(stage, pair, { ...pair.message(), schema_version } as MessageText);
        const rule =
          code === 'processed'
            ? 'inbox.schema-version'
            : code === 'schema_version_invalid'
              ? 'inbox.schema-version.invalid'
              : 'inbox.schema-version.unsupported';
        stage.judge.equal(rule, verdict, code, `a message with schema_version ${JSON.stringify(schema_version)}`);
      }
    },
  ),
  agentScenario(
    {
      id: 'guardrails.duplicate',
      title: 'given a handled message, when the same envelope comes again, then it is a duplicate and not handled',
      cases: ['G-03'],
      rules: ['inbox.duplicate'],
    },
    async (stage) => {
      const { peer, message, settle } = await facing(stage, unlimited);
      const body = message();
      await stage.judge.comes('inbox.duplicate', 'the first receipts', settle(body));
      const again = (await stage.judge.comes('inbox.duplicate', 'a receipt for the copy', settle(body))).at(-1);
      const { detail } = errorCodes.duplicate;
      stage.judge.matches(
        'inbox.duplicate',
        again,
        { status: 'rejected', code: 'duplicate', detail },
        'the copy’s receipt',
      );
      stage.judge.equal('inbox.duplicate', peer.received.length, 1, 'runs of the handler');
    },
  ),
  agentScenario(
    {
      id: 'guardrails.idempotency',
      title:
        'given a used key, when it comes again under another id, from another sender and with another payload, then each is judged by itself',
      cases: ['G-04', 'R-12'],
      rules: ['inbox.idempotency', 'inbox.idempotency.scope', 'inbox.idempotency.reused', 'inbox.duplicate.sender'],
      needs: ['idempotency'],
    },
    async (stage) => {
      const { judge } = stage;
      const first = await facing(stage, unlimited);
      const stranger = facingFrom(stage, await stage.account(), first.peer);
      const last = async (from: Facing, fields: object) => (await from.settle(from.message(fields))).at(-1);
      const idempotency_key = stage.name('key');
      judge.matches(
        'inbox.idempotency',
        await last(first, { idempotency_key }),
        { status: 'processed' },
        'the first use',
      );
      const { idempotency_detail: detail } = errorCodes.duplicate;
      const again = await last(first, { idempotency_key });
      judge.matches('inbox.idempotency', again, { code: 'duplicate', detail }, 'the key under another id');
      const reused = await last(first, { idempotency_key, payload: 'other' });
      judge.matches(
        'inbox.idempotency.reused',
        reused,
        { code: 'idempotency_key_reused' },
        'the key with another payload',
      );
      const other = await last(stranger, { idempotency_key });
      judge.matches('inbox.idempotency.scope', other, { status: 'processed' }, 'the key from another sender');
      const own = first.message();
      await first.settle(own);
      const copied = (await stranger.settle({ ...stranger.message(), message_id: own.message_id })).at(-1);
      judge.matches('inbox.duplicate.sender', copied, { status: 'processed' }, 'an id another sender used');
      judge.equal('inbox.idempotency', first.peer.received.length, 4, 'runs of the handler');
    },
  ),
  agentScenario(
    {
      id: 'guardrails.rate-limit',
      title:
        'given default limits, when 13 messages come at once under made-up tags, then 10 are accepted and 3 rate_limited',
      cases: ['G-05'],
      rules: ['inbox.rate-limit', 'inbox.rate-limit.key', 'inbox.rate-limit.forged'],
    },
    async (stage) => {
      const { message, publish, receiptsOf } = await facing(stage);
      const bodies = Array.from({ length: 40 }, () => message({ from_session_tag: stage.name('tag') }));
      for (const body of bodies) publish(body);
      const codes: string[] = [];
      for (const body of bodies) codes.push((await receiptsOf(body)).map(outcomeOf).at(-1) ?? '');
      const refused = codes.filter((code) => code === 'rate_limited').length;
      const burst = codes.slice(0, limits.rateLimitBurst);
      stage.judge.equal(
        'inbox.rate-limit',
        burst,
        burst.map(() => 'processed'),
        'the first ten',
      );
      // While the burst is read, a slow machine lets a few more in.
      stage.judge.holds(
        'inbox.rate-limit',
        refused >= 10,
        'most of 30 messages beyond the burst are rate_limited',
        codes,
      );
    },
  ),
  agentScenario(
    {
      id: 'guardrails.dedupe-before-rate',
      title: 'given a delivered message, when it comes 14 times more, then it is only ever a duplicate',
      cases: ['G-12', 'G-08'],
      rules: ['inbox.duplicate.before-rate', 'inbox.gates.order'],
    },
    async (stage) => {
      const { message, publish, settle, receiptsOf } = await facing(stage);
      const body = message();
      await settle(body);
      for (let copy = 0; copy < 14; copy += 1) publish(body);
      for (let copy = 0; copy < 14; copy += 1) {
        const last = (await receiptsOf(body)).at(-1);
        stage.judge.equal('inbox.duplicate.before-rate', last?.code, 'duplicate', `the receipt of copy ${copy + 1}`);
      }
      for (let fresh = 1; fresh < limits.rateLimitBurst; fresh += 1) {
        const last = (await settle(message())).at(-1);
        stage.judge.equal(
          'inbox.duplicate.before-rate',
          last && outcomeOf(last),
          'processed',
          'a fresh message after copies',
        );
      }
    },
  ),
  agentScenario(
    {
      id: 'guardrails.order',
      title: 'given messages with two faults, when they arrive, then the first gate refuses them',
      cases: ['G-08'],
      rules: ['inbox.gates.order', 'inbox.gates.schema-before-ttl', 'inbox.gates.ttl-before-duplicate'],
    },
    async (stage) => {
      const { message, settle } = await facing(stage, unlimited);
      const old = (await settle(message({ schema_version: '9', sentInMs: -60_000 }))).at(-1);
      stage.judge.equal(
        'inbox.gates.schema-before-ttl',
        old?.code,
        'unsupported_schema_version',
        'expired, wrong schema',
      );
      const body = message();
      await settle(body);
      const expired = { ...body, expires_at: inMs(-1_000) };
      const last = (await settle(expired)).at(-1);
      stage.judge.equal('inbox.gates.ttl-before-duplicate', last?.code, 'expired', 'expired and a duplicate');
    },
  ),
  agentScenario(
    {
      id: 'guardrails.overflow',
      title: 'given instants beyond the calendar, when such messages arrive, then each gets a receipt',
      cases: ['G-13'],
      rules: ['inbox.ttl.overflow', 'limits.numbers'],
    },
    async (stage) => {
      const { message, publish, settle } = await facing(stage, unlimited);
      const { expires_at: _stated, ...open } = message();
      const extremes: [string, MessageText, string][] = [
        ['ttl_ms 10^18', { ...open, ttl_ms: 10 ** 18 }, 'processed'],
        [
          'the last second of the calendar',
          { ...message(), sent_at: '9999-12-31T23:59:59Z', expires_at: null },
          'processed',
        ],
        [
          'ttl_ms -10^18',
          { ...message(), sent_at: '0001-01-01T00:00:00Z', ttl_ms: -(10 ** 18), expires_at: null },
          'expired',
        ],
      ];
      for (const [what, body, code] of extremes) {
        const last = (await stage.judge.comes('inbox.ttl.overflow', `a receipt for ${what}`, settle(body))).at(-1);
        stage.judge.equal('inbox.ttl.overflow', last && outcomeOf(last), code, `a message with ${what}`);
      }
      const { ttl_ms: _ttl, ...rest } = message();
      publish(JSON.stringify(rest).replace('{', '{"ttl_ms":1e999,'));
      const next = (
        await stage.judge.comes('limits.numbers', 'a receipt for the message after 1e999', settle(message()))
      ).at(-1);
      stage.judge.equal('limits.numbers', next && outcomeOf(next), 'processed', 'the message after one with 1e999');
    },
  ),
  agentScenario(
    {
      id: 'guardrails.bare-sender',
      title: 'given an unlimited flood of copies, when the agent is asked afterwards, then it answers',
      cases: ['G-12'],
      rules: ['limits.harmless'],
    },
    async (stage) => {
      const { peer, publish, message, settle } = await facing(stage);
      const copy = aMessage({ to: peer.accountId });
      for (let count = 0; count < 200; count += 1) publish(copy);
      const last = (await stage.judge.comes('limits.harmless', 'receipts after a flood', settle(message()))).at(-1);
      stage.judge.equal('limits.harmless', last && outcomeOf(last), 'processed', 'a message after a flood of copies');
    },
  ),
];

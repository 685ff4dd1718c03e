import { limits, operations, type RpcName } from '@agentnet/protocol';
import { rpcNames } from '../../harness/raw-client.js';
import { registryScenario, type Scenario } from '../core/scenario.js';
import { ask, refused, register } from './asking.js';
import { hostileBodies } from './hostile-bodies.js';

const registration = operations.register.errors;

const errors = registryScenario(
  {
    id: 'refusals.register',
    title: 'given no object or no agent id, when it is registered, then the exact error texts come back',
    cases: ['I-05'],
    rules: ['identity.register.errors', 'rpc.not-object', 'rpc.required', 'rpc.empty-body', 'rpc.error.shape'],
  },
  async (stage) => {
    const noObject = { error: registration.payload_not_object, code: 'payload_not_object' };
    await refused(stage, 'rpc.not-object', ['register', [1], noObject]);
    await refused(stage, 'identity.register.errors', ['register', '"text"', noObject]);
    const missing = { error: registration.field_required, code: 'field_required' };
    await refused(stage, 'identity.register.errors', ['register', {}, missing]);
    for (const body of [{ agent_id: '' }, { agent_id: null }])
      await refused(stage, 'rpc.required', ['register', body, missing]);
    await refused(stage, 'rpc.empty-body', ['register', '', missing]);
    await refused(stage, 'rpc.error.shape', [
      'resolve_account',
      { username: stage.name() },
      { error: 'not_found', code: 'not_found' },
    ]);
  },
);

const types = registryScenario(
  {
    id: 'refusals.types',
    title: 'given wrong JSON types, when they are registered, then they are refused by field and create nothing',
    cases: ['I-06'],
    rules: ['identity.register.types', 'rpc.types'],
  },
  async (stage) => {
    const username = stage.name('typed');
    const wrong: [string, object][] = [
      ['agent_id', { agent_id: 7, username }],
      ['capabilities', { agent_id: 'a', username, capabilities: [1, null, true] }],
      ['capabilities', { agent_id: 'a', username, capabilities: 5 }],
      ['metadata', { agent_id: 'a', username, metadata: [1] }],
    ];
    for (const [field, body] of wrong) {
      const { detail } = await refused(stage, 'identity.register.types', ['register', body, { code: 'bad_request' }]);
      stage.judge.holds('rpc.types', String(detail).includes(field), `a detail that names ${field}`, detail);
    }
    await refused(stage, 'identity.register.types', ['resolve_account', { username }, { code: 'not_found' }]);
  },
);

const hostileIds = registryScenario(
  {
    id: 'refusals.hostile-ids',
    title:
      'given ids that would widen or split a subject, when they are registered, then they are refused and create nothing',
    cases: ['I-08'],
    rules: ['identity.ids.refused', 'identity.register.text', 'limits.text', 'limits.capabilities'],
  },
  async (stage) => {
    const username = stage.name('hostile');
    const bad = { code: 'bad_request' };
    for (const account_id of ['*', '>', 'a.b', 'a b', 'a\r\nb', 'x'.repeat(65)])
      await refused(stage, 'identity.ids.refused', ['register', { agent_id: 'a', username, account_id }, bad]);
    for (const capability of ['>', '*', 'a b', 'a..b', '.a', '', 'a\r\nb', 'a.*'])
      await refused(stage, 'identity.ids.refused', [
        'register',
        { agent_id: 'a', username, capabilities: [capability] },
        bad,
      ]);
    for (const text of ['a\u0000', 'a\ud800'])
      for (const field of ['agent_id', 'name', 'username', 'account_id'])
        await refused(stage, 'identity.register.text', ['register', { agent_id: 'a', username, [field]: text }, bad]);
    const many = Array.from({ length: limits.capabilityMaxCount + 1 }, (_, index) => `c${index}`);
    await refused(stage, 'limits.capabilities', ['register', { agent_id: 'a', username, capabilities: many }, bad]);
    await refused(stage, 'limits.text', ['resolve_account', { username: 'a\u0000' }, bad]);
    await refused(stage, 'identity.ids.refused', ['resolve_account', { username }, { code: 'not_found' }]);
  },
);

const oversized = registryScenario(
  {
    id: 'refusals.oversized-profile',
    title: 'given more profile than allowed, when it is registered, then it is refused as too large',
    cases: ['P-10'],
    rules: ['identity.profile.too-large', 'limits.lengths'],
  },
  async (stage) => {
    const metadata = { big: 'x'.repeat(limits.profileMaxBytes) };
    await refused(stage, 'identity.profile.too-large', [
      'register',
      { agent_id: stage.name(), metadata },
      { code: 'profile_too_large' },
    ]);
    const { detail } = await refused(stage, 'limits.lengths', [
      'thread_status',
      { thread_id: 'x'.repeat(100_000) },
      { code: 'bad_request' },
    ]);
    stage.judge.holds('limits.lengths', String(detail).includes('thread_id'), 'a detail that names thread_id', detail);
  },
);

const indifferent: readonly RpcName[] = ['list', 'metrics'];

const undecodable = registryScenario(
  {
    id: 'refusals.undecodable',
    title:
      'given broken JSON and no UTF-8, when they are sent to every operation, then each answers bad_request, list and metrics as usual',
    cases: ['I-11'],
    rules: ['rpc.answered', 'rpc.malformed', 'presence.list.body'],
  },
  async (stage) => {
    for (const operation of rpcNames)
      for (const body of ['{bad', new Uint8Array([0xff])]) {
        if (indifferent.includes(operation)) await ask(stage, 'presence.list.body', [operation, body]);
        else await refused(stage, 'rpc.malformed', [operation, body, { error: 'bad_request', code: 'bad_request' }]);
      }
  },
);

const hostile = registryScenario(
  {
    id: 'refusals.hostile-bodies',
    title:
      'given hostile bodies, when they are sent to every operation, then each is answered once, tells nothing of the inside, and the registry goes on',
    cases: ['I-11', 'T-14'],
    rules: [
      'rpc.answered',
      'rpc.error.private',
      'rpc.error.shape',
      'limits.harmless',
      'limits.numbers',
      'rpc.queue-group',
    ],
    timeoutMs: 120_000,
  },
  async (stage) => {
    const { client, judge } = stage;
    for (const operation of rpcNames)
      for (const [what, body] of Object.entries(hostileBodies)) {
        const reply = await judge.comes(
          'rpc.answered',
          `an answer of ${operation} to ${what}`,
          client.rpc(operation, body),
        );
        if (!('error' in reply)) continue;
        const known: readonly string[] = Object.values(operations[operation].errors);
        judge.holds('rpc.error.shape', known.includes(String(reply['error'])), 'an error text of the operation', reply);
        judge.holds('limits.numbers', reply['code'] !== 'internal_error', `no internal error for ${what}`, reply);
        judge.holds('rpc.error.private', !inside.test(JSON.stringify(reply)), 'no inner facts', reply);
      }
    const { account_id, username } = await register(stage, 'limits.harmless', { agent_id: stage.name() });
    const found = await ask(stage, 'limits.harmless', ['resolve_account', { username }]);
    judge.equal('limits.harmless', found.account_id, account_id, 'the registry goes on');
  },
);

const inside =
  /\b(select|insert into|delete from|sqlstate|pg_|relation|constraint|syntax error)\b|agent_accounts(?! --)|:\d+:\d+\)/i;

const once = registryScenario(
  {
    id: 'refusals.one-answer',
    title:
      'given requests of several kinds, when each names a reply subject of its own, then exactly one answer comes on each',
    cases: ['S-10'],
    rules: ['rpc.queue-group'],
  },
  async (stage) => {
    const { client, judge } = stage;
    const inbox = client.inbox();
    const replies = await client.subscribe(`${inbox}.*`);
    const bodies: [RpcName, object][] = [
      ['register', { agent_id: stage.name() }],
      ['search', { query: stage.name() }],
      ['resolve_account', { username: stage.name() }],
      ['thread_list', {}],
      ['profile', {}],
    ];
    for (const [index, [operation, body]] of bodies.entries())
      client.publish(operations[operation].subject, body, { reply: `${inbox}.${index}` });
    for (const [index, [operation]] of bodies.entries())
      await judge.comes(
        'rpc.queue-group',
        `an answer of ${operation}`,
        replies.next({ where: ({ subject }) => subject === `${inbox}.${index}` }),
      );
    // A second answer would be on its way by now: further calls come back behind it.
    for (const [operation, body] of bodies) await client.rpc(operation, body);
    await client.connection.flush();
    judge.equal('rpc.queue-group', replies.received.length, bodies.length, 'answers in all');
  },
);

const silent = registryScenario(
  {
    id: 'refusals.no-reply-subject',
    title: 'given registrations without a reply subject, when they arrive, then they change nothing',
    cases: [],
    rules: ['rpc.no-reply-subject'],
  },
  async (stage) => {
    const username = stage.name('silent');
    await stage.client.deliver(operations.register.subject, { agent_id: 'a', username });
    await register(stage, 'rpc.no-reply-subject', { agent_id: stage.name() });
    await refused(stage, 'rpc.no-reply-subject', ['resolve_account', { username }, { code: 'not_found' }]);
  },
);

const tolerant = registryScenario(
  {
    id: 'refusals.unknown-and-null',
    title: 'given unknown and null fields, when requests carry them, then they are answered as without',
    cases: [],
    rules: ['rpc.unknown-fields', 'rpc.null'],
  },
  async (stage) => {
    const agent_id = stage.name();
    const nulls = { name: null, capabilities: null, metadata: null, account_id: null, username: null };
    const { account_id } = await register(stage, 'rpc.null', { agent_id, ...nulls, future: { field: [1] } });
    const { results } = await ask(stage, 'rpc.unknown-fields', [
      'search',
      { query: agent_id, capability: null, cursor: null, future: 1 },
    ]);
    stage.judge.matches(
      'rpc.null',
      results[0],
      { account_id, display_name: agent_id, capabilities: [] },
      'the account found',
    );
  },
);

/** What a registry refuses, and that it always answers. */
export const refusalScenarios: readonly Scenario[] = [
  errors,
  types,
  hostileIds,
  oversized,
  undecodable,
  hostile,
  once,
  silent,
  tolerant,
];

import { operations } from '@agentnet/protocol';
import { registryScenario, type Scenario } from '../core/scenario.js';
import { ask, refused, register, row } from './asking.js';

const profileKeys = [
  'account_id',
  'bio',
  'capabilities',
  'created_at',
  'display_name',
  'metadata',
  'online',
  'online_sessions',
  'status',
  'updated_at',
  'username',
  'visibility',
];
const sessionKeys = ['agent_id', 'capabilities', 'connected_at', 'last_seen', 'metadata', 'server_id', 'session_tag'];

const looked = registryScenario(
  {
    id: 'profiles.lookup',
    title: 'given two accounts, when profiles are read by name, id and both, then the id wins and all keys are there',
    cases: ['S-04'],
    rules: [
      'discovery.profile.lookup',
      'discovery.profile.reply',
      'discovery.profile.sessions',
      'discovery.profile.constants',
    ],
  },
  async (stage) => {
    const { judge } = stage;
    const alice = await register(stage, 'discovery.profile.lookup', { agent_id: stage.name('alice'), name: 'Alice' });
    const bob = await register(stage, 'discovery.profile.lookup', { agent_id: stage.name('bob') });
    const read = async (body: object) => (await ask(stage, 'discovery.profile.lookup', ['profile', body])).profile;
    const byId = await read({ account_id: alice.account_id });
    for (const body of [
      { username: `@${alice.username.toUpperCase()}` },
      { account_id: alice.account_id, username: bob.username },
    ])
      judge.equal(
        'discovery.profile.lookup',
        (await read(body)).account_id,
        alice.account_id,
        `the account of ${JSON.stringify(body)}`,
      );
    judge.equal('discovery.profile.reply', Object.keys(byId).sort(), profileKeys, 'the fields of a profile');
    const constants = { bio: '', visibility: 'public', status: 'active' };
    judge.matches('discovery.profile.constants', byId, constants, 'what nothing on the wire sets');
    judge.matches(
      'discovery.profile.reply',
      byId,
      { username: alice.username, display_name: 'Alice', online: true },
      'the profile',
    );
    const [session] = byId.online_sessions;
    judge.equal(
      'discovery.profile.sessions',
      Object.keys(session ?? {}).sort(),
      sessionKeys,
      'the fields of a session',
    );
    judge.equal(
      'discovery.profile.sessions',
      byId.online_sessions.map(({ session_tag }) => session_tag),
      [alice.session_tag],
      'the sessions',
    );
    const again = await register(stage, 'discovery.profile.sessions', { agent_id: alice.username });
    const tags = (await read({ account_id: alice.account_id })).online_sessions.map(({ session_tag }) => session_tag);
    judge.equal('discovery.profile.sessions', tags[0], again.session_tag, 'the session last seen, first');
  },
);

const errors = registryScenario(
  {
    id: 'profiles.errors',
    title: 'given no usable name, when profiles are asked for, then the exact error texts come back',
    cases: ['S-05'],
    rules: ['discovery.profile.errors'],
  },
  async (stage) => {
    const texts = operations.profile.errors;
    for (const body of [{}, '', { username: '!!!' }, { account_id: '', username: null }])
      await refused(stage, 'discovery.profile.errors', ['profile', body, { error: texts.field_required }]);
    for (const body of [{ username: stage.name('ghost') }, { account_id: stage.name('ghost') }])
      await refused(stage, 'discovery.profile.errors', ['profile', body, { error: texts.not_found }]);
    await refused(stage, 'discovery.profile.errors', ['profile', [1], { error: texts.payload_not_object }]);
  },
);

const typed = registryScenario(
  {
    id: 'profiles.types',
    title:
      'given capabilities and nested metadata, when the agent is listed, searched and read, then the same values come back',
    cases: ['S-08'],
    rules: ['discovery.types'],
  },
  async (stage) => {
    const { judge } = stage;
    const facts = {
      capabilities: ['chat', 'mesh.agent'],
      metadata: { nested: { list: [1, 2.5, null, true, 'é😀'], empty: {} }, agent_id: 'not mine', text: '{"a":1}' },
    };
    const { account_id, username, session_tag } = await register(stage, 'discovery.types', {
      agent_id: stage.name(),
      ...facts,
    });
    const listed = await row(stage, 'discovery.types', { tag: session_tag, what: 'the row of the session' });
    const { profile } = await ask(stage, 'discovery.types', ['profile', { account_id }]);
    const { results } = await ask(stage, 'discovery.types', ['search', { query: username }]);
    const places = {
      list: listed,
      profile,
      'a session of the profile': profile.online_sessions[0],
      search: results[0],
    };
    for (const [place, found] of Object.entries(places)) {
      judge.equal('discovery.types', found?.capabilities, facts.capabilities, `capabilities in ${place}`);
      judge.equal('discovery.types', found?.metadata, facts.metadata, `metadata in ${place}`);
    }
  },
);

const keyless = registryScenario(
  {
    id: 'discovery.keyless',
    title: 'given accounts without keys, when their keys are asked for, then the exact error texts come back',
    cases: ['S-06'],
    rules: ['discovery.key.errors'],
  },
  async (stage) => {
    const { errors } = operations.resolve_key;
    const { account_id } = await register(stage, 'discovery.key.errors', { agent_id: stage.name() });
    for (const id of [account_id, stage.name('ghost')])
      await refused(stage, 'discovery.key.errors', ['resolve_key', { account_id: id }, { error: errors.not_found }]);
    await refused(stage, 'discovery.key.errors', ['resolve_key', {}, { error: errors.field_required }]);
  },
);

/** What is told of one account. */
export const profileScenarios: readonly Scenario[] = [looked, errors, typed, keyless];

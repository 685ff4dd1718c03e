import { limits, operations } from '@agentnet/protocol';
import { golden } from '../../harness/golden.js';
import { registryScenario, type Scenario } from '../core/scenario.js';
import { ask, refused, register } from './asking.js';

const replyKeys = ['account_id', 'heartbeat_interval', 'registered_at', 'session_tag', 'ttl_seconds', 'username'];

const minimal = registryScenario(
  {
    id: 'identity.minimal',
    title: 'given an agent id only, when it registers, then it gets an account, a session and the heartbeat',
    cases: ['I-01'],
    rules: ['identity.register.reply', 'identity.account-id.form', 'identity.session-tag.form'],
  },
  async (stage) => {
    const { judge } = stage;
    const agentId = stage.name();
    const reply = await register(stage, 'identity.register.reply', { agent_id: agentId });
    judge.equal('identity.register.reply', Object.keys(reply).sort(), replyKeys, 'the fields of the reply');
    judge.equal('identity.register.reply', reply.username, agentId, 'the username');
    const { account_id: account, session_tag: tag } = reply;
    judge.holds(
      'identity.account-id.form',
      /^acct_[0-7][0-9a-hjkmnp-tv-z]{25}$/.test(account),
      'acct_ and a ULID',
      account,
    );
    judge.holds('identity.session-tag.form', /^.+_[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(tag), '<server>_ and a ULID', tag);
  },
);

const stable = registryScenario(
  {
    id: 'identity.stable',
    title: 'given a registered username, when it registers again, then the account stays and both sessions are online',
    cases: ['I-02'],
    rules: ['identity.register.stable', 'identity.session.new'],
  },
  async (stage) => {
    const { judge, client } = stage;
    const agentId = stage.name();
    const first = await register(stage, 'identity.register.stable', { agent_id: agentId });
    const second = await register(stage, 'identity.register.stable', { agent_id: agentId });
    judge.equal('identity.register.stable', second.account_id, first.account_id, 'the account');
    judge.holds(
      'identity.session.new',
      second.session_tag !== first.session_tag,
      'a session of its own',
      second.session_tag,
    );
    const { profile } = await client.ask('profile', { account_id: first.account_id });
    const tags = profile.online_sessions.map(({ session_tag }) => session_tag).sort();
    judge.equal('identity.session.new', tags, [first.session_tag, second.session_tag].sort(), 'the sessions online');
  },
);

const normalised = registryScenario(
  {
    id: 'identity.normalised',
    title:
      'given usernames of every kind, when they register, then they are normalised, and an empty one gives way to the agent id',
    cases: ['I-03'],
    rules: ['identity.username.normalise', 'identity.username.fallback'],
  },
  async (stage) => {
    const { vectors } = golden<{ vectors: { input: string; normalized: string }[] }>('usernames');
    for (const { input, normalized } of vectors) {
      const agentId = stage.name();
      const rule = normalized ? 'identity.username.normalise' : 'identity.username.fallback';
      const { username } = await register(stage, rule, { agent_id: agentId, username: input });
      stage.judge.equal(rule, username, normalized || agentId, `the username of ${JSON.stringify(input)}`);
    }
  },
);

const resolved = registryScenario(
  {
    id: 'identity.resolved',
    title: 'given an account, when its username is looked up in any spelling, then it is found, and others are not',
    cases: ['I-04'],
    rules: ['identity.resolve.forms', 'identity.resolve.reply', 'identity.resolve.errors'],
  },
  async (stage) => {
    const name = stage.name('alice');
    const { account_id } = await register(stage, 'identity.resolve.forms', { agent_id: name });
    for (const spelling of [name, name.toUpperCase(), `@${name}`, ` ${name} `]) {
      const reply = await ask(stage, 'identity.resolve.forms', ['resolve_account', { username: spelling }]);
      stage.judge.equal(
        'identity.resolve.forms',
        reply.account_id,
        account_id,
        `the account of ${JSON.stringify(spelling)}`,
      );
      stage.judge.equal('identity.resolve.reply', reply.username, name, 'the normalised username');
      stage.judge.holds(
        'identity.resolve.reply',
        !Number.isNaN(Date.parse(reply.resolved_at)),
        'a time',
        reply.resolved_at,
      );
    }
    const { errors } = operations.resolve_account;
    await refused(stage, 'identity.resolve.errors', [
      'resolve_account',
      { username: '!!!' },
      { error: errors.field_required },
    ]);
    await refused(stage, 'identity.resolve.errors', [
      'resolve_account',
      { username: stage.name('ghost') },
      { error: errors.not_found },
    ]);
  },
);

const known = registryScenario(
  {
    id: 'identity.known-account',
    title:
      'given an account, when it registers with its id, then it keeps it, and a free name renames it, a taken one does not',
    cases: ['I-07'],
    rules: ['identity.register.known-account', 'identity.register.rename'],
  },
  async (stage) => {
    const { judge } = stage;
    const [old, free, taken] = [stage.name(), stage.name(), stage.name()];
    const { account_id } = await register(stage, 'identity.register.known-account', { agent_id: old });
    await register(stage, 'identity.register.rename', { agent_id: taken });
    const again = await register(stage, 'identity.register.known-account', { agent_id: old, account_id });
    judge.matches('identity.register.known-account', again, { account_id, username: old }, 'the account');
    for (const username of [free, taken]) {
      const reply = await register(stage, 'identity.register.rename', { agent_id: old, account_id, username });
      judge.matches(
        'identity.register.rename',
        reply,
        { account_id, username: free },
        `the name after asking for ${username}`,
      );
    }
  },
);

const profiled = registryScenario(
  {
    id: 'identity.profile',
    title:
      'given an account, when it registers again with other facts and with none, then its profile follows, defaults included',
    cases: [],
    rules: ['identity.register.profile', 'identity.register.defaults'],
  },
  async (stage) => {
    const agent_id = stage.name();
    const facts = { name: 'First', capabilities: ['paint'], metadata: { a: [1, null] } };
    const read = async (account_id: string) =>
      (await ask(stage, 'identity.register.profile', ['profile', { account_id }])).profile;
    const { account_id } = await register(stage, 'identity.register.profile', { agent_id, ...facts });
    const first = await read(account_id);
    stage.judge.matches(
      'identity.register.profile',
      first,
      { display_name: 'First', capabilities: ['paint'], metadata: facts.metadata },
      'the profile',
    );
    await register(stage, 'identity.register.defaults', { agent_id, name: null, capabilities: null });
    const bare = { display_name: agent_id, capabilities: [], metadata: {} };
    const second = await read(account_id);
    stage.judge.matches('identity.register.defaults', second, bare, 'the profile of bare facts');
    const isLater = Date.parse(second.updated_at ?? '') >= Date.parse(first.updated_at ?? '');
    stage.judge.holds('identity.register.profile', isLater, 'updated_at no earlier than before', second.updated_at);
  },
);

const nameless = registryScenario(
  {
    id: 'identity.nameless',
    title:
      'given agents whose names normalise to nothing, when they register at once, then each has an account of its own',
    cases: ['I-09'],
    rules: ['identity.username.fallback.distinct', 'identity.username.fallback'],
  },
  async (stage) => {
    const rule = 'identity.username.fallback.distinct';
    const replies = await Promise.all(['日本', '中文', '!!!'].map((agent_id) => register(stage, rule, { agent_id })));
    stage.judge.equal(rule, new Set(replies.map(({ account_id }) => account_id)).size, 3, 'different accounts');
    stage.judge.equal(rule, new Set(replies.map(({ username }) => username)).size, 3, 'different usernames');
    for (const { username } of replies)
      stage.judge.holds('identity.username.fallback', /^agent_.+/.test(username), 'agent_ and a suffix', username);
  },
);

const contested = registryScenario(
  {
    id: 'identity.contested',
    title:
      'given own account ids that want one username, when they register at once, then each has a name that is its own',
    cases: ['I-10'],
    rules: ['identity.conflict.distinct', 'identity.conflict.form', 'identity.register.unknown-account'],
  },
  async (stage) => {
    const { judge } = stage;
    const wanted = stage.name('popular');
    const ids = [stage.name('acct'), stage.name('acct'), stage.name('acct')];
    const replies = await Promise.all(
      ids.map((account_id) =>
        register(stage, 'identity.conflict.distinct', { agent_id: 'a', account_id, username: wanted }),
      ),
    );
    const given = replies.map(({ account_id }) => account_id);
    judge.equal('identity.register.unknown-account', given, ids, 'the accounts, exactly as asked');
    judge.equal(
      'identity.conflict.distinct',
      new Set(replies.map(({ username }) => username)).size,
      3,
      'different usernames',
    );
    for (const { account_id, username } of replies) {
      const isFit = username.startsWith(wanted.slice(0, 20)) && username.length <= limits.usernameMaxLength;
      judge.holds('identity.conflict.form', isFit, `a name that begins like ${wanted}`, username);
      const found = await ask(stage, 'identity.conflict.distinct', ['resolve_account', { username }]);
      judge.equal('identity.conflict.distinct', found.account_id, account_id, `the account of ${username}`);
    }
  },
);

const concurrent = registryScenario(
  {
    id: 'identity.concurrent',
    title: 'given one new username, when ten registrations of it arrive at once, then all succeed and give one account',
    cases: ['S-10'],
    rules: ['identity.register.concurrent', 'rpc.replicas.agree'],
  },
  async (stage) => {
    const agent_id = stage.name();
    const replies = await Promise.all(
      Array.from({ length: 10 }, () => register(stage, 'identity.register.concurrent', { agent_id })),
    );
    stage.judge.equal(
      'identity.register.concurrent',
      new Set(replies.map(({ account_id }) => account_id)).size,
      1,
      'accounts',
    );
    const found = await Promise.all(
      Array.from({ length: 5 }, () => ask(stage, 'rpc.replicas.agree', ['resolve_account', { username: agent_id }])),
    );
    stage.judge.equal(
      'rpc.replicas.agree',
      [...new Set(found.map(({ account_id }) => account_id))],
      [replies[0]?.account_id],
      'the account of the name',
    );
  },
);

/** Accounts, usernames, sessions. */
export const identityScenarios: readonly Scenario[] = [
  minimal,
  stable,
  normalised,
  resolved,
  known,
  profiled,
  nameless,
  contested,
  concurrent,
];

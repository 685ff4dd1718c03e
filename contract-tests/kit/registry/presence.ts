import { subjects } from '@agentnet/protocol';
import { eventually } from '../../harness/eventually.js';
import { registryScenario, type Scenario } from '../core/scenario.js';
import { ask, join, register, row, rowOf } from './asking.js';

const rowKeys = ['account_id', 'agent_id', 'capabilities', 'last_seen', 'metadata', 'name', 'session_tag', 'username'];

const listed = registryScenario(
  {
    id: 'presence.listed',
    title:
      'given a registered session, when it says hello, then its row has all eight fields and no null, and the list is in order',
    cases: ['P-01'],
    rules: ['presence.list.row', 'presence.list.no-null', 'presence.list.order'],
  },
  async (stage) => {
    const { judge } = stage;
    for (const letter of ['b', 'a'])
      await register(stage, 'presence.list.order', { agent_id: `${letter}_${stage.name()}` });
    const { last_seen: _claimed, ...session } = await join(stage);
    const found = await row(stage, 'presence.list.row', { tag: session.session_tag, what: 'the row of the session' });
    judge.matches('presence.list.row', found, session, 'the row');
    judge.equal('presence.list.row', Object.keys(found).sort(), rowKeys, 'the fields of the row');
    const { agents } = await ask(stage, 'presence.list.order', ['list']);
    const keys = agents.map(({ agent_id, session_tag }) => `${agent_id}\n${session_tag}`);
    judge.equal('presence.list.order', keys, [...keys].sort(), 'the rows by agent id and session tag');
    const nulls = agents.filter((one) => Object.values(one).includes(null as never));
    judge.equal('presence.list.no-null', nulls, [], 'rows with null');
  },
);

const paged = registryScenario(
  {
    id: 'presence.paged',
    title:
      'given more sessions than one page, when the cursor is followed while others come and go, then every session comes once, in pages of the limit',
    cases: ['P-10'],
    rules: ['presence.list.paging', 'presence.list.walk', 'rpc.limit'],
  },
  async (stage) => {
    const { client, judge } = stage;
    const sessions: { agent_id: string; session_tag: string }[] = [];
    for (const _ of [1, 2, 3, 4, 5]) {
      const agent_id = stage.name();
      const { session_tag } = await register(stage, 'presence.list.paging', { agent_id });
      sessions.push({ agent_id, session_tag });
    }
    const tags = new Set(sessions.map(({ session_tag }) => session_tag));
    const passing = await register(stage, 'presence.list.walk', { agent_id: stage.name() });
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < 1000; pages += 1) {
      for (const { agent_id, session_tag } of sessions)
        client.publish(subjects.registryHello, { agent_id, session_tag });
      const page = await ask(stage, 'presence.list.paging', ['list', { limit: 2, ...(cursor ? { cursor } : {}) }]);
      judge.holds('rpc.limit', page.agents.length <= 2, 'at most two rows a page', page.agents.length);
      seen.push(...page.agents.map(({ session_tag }) => session_tag ?? ''));
      if (pages === 0) {
        client.publish(subjects.registryGoodbye, { session_tag: passing.session_tag });
        await register(stage, 'presence.list.walk', { agent_id: stage.name() });
      }
      cursor = page.next_cursor ?? undefined;
      if (!cursor) break;
    }
    judge.equal(
      'presence.list.paging',
      seen.filter((tag) => tags.has(tag)).sort(),
      [...tags].sort(),
      'the sessions, each once',
    );
    const twice = seen.filter((tag, index) => tag !== '' && seen.indexOf(tag) !== index);
    judge.equal('presence.list.walk', twice, [], 'sessions listed twice');
    await client.connection.flush();
  },
);

const replaced = registryScenario(
  {
    id: 'presence.replaced',
    title:
      'given a known session, when a hello brings other facts, then they replace the old ones but neither agent id nor account',
    cases: ['P-02'],
    rules: [
      'presence.hello.replace',
      'presence.hello.last-seen',
      'presence.hello.agent-id',
      'presence.hello.account-fixed',
    ],
  },
  async (stage) => {
    const { client, judge } = stage;
    const session = await join(stage);
    const stranger = await join(stage);
    const before = await row(stage, 'presence.list.row', { tag: session.session_tag, what: 'the row of the session' });
    client.publish(subjects.registryHello, {
      agent_id: session.agent_id,
      session_tag: session.session_tag,
      account_id: stranger.account_id,
      name: 'Renamed',
      capabilities: ['mesh.agent'],
      metadata: { nested: { deep: [1, null] } },
      last_seen: '2001-01-01T00:00:00Z',
    });
    const wanted = {
      tag: session.session_tag,
      what: 'the row with the new name',
      where: (one: { name?: string | null }) => one.name === 'Renamed',
    };
    const after = await row(stage, 'presence.hello.replace', wanted);
    judge.equal('presence.hello.agent-id', after.agent_id, session.agent_id, 'the agent id');
    judge.equal('presence.hello.account-fixed', after.account_id, session.account_id, 'the account');
    judge.equal('presence.hello.replace', after.capabilities, ['mesh.agent'], 'the capabilities');
    judge.equal('presence.hello.replace', after.metadata, { nested: { deep: [1, null] } }, 'the metadata');
    const isLater = Date.parse(after.last_seen ?? '') > Date.parse(before.last_seen ?? '');
    judge.holds('presence.hello.last-seen', isLater, 'a later last_seen of the registry’s own clock', after.last_seen);
    const { profile } = await ask(stage, 'presence.hello.agent-id', [
      'profile',
      { account_id: session.account_id ?? '' },
    ]);
    judge.matches(
      'presence.hello.agent-id',
      profile,
      { display_name: 'An Agent', capabilities: ['chat'] },
      'the profile, as registered',
    );
  },
);

const broken = registryScenario(
  {
    id: 'presence.broken-hellos',
    title: 'given broken hellos, when a bare one follows, then only the bare one is applied, with defaults',
    cases: ['P-02'],
    rules: ['presence.hello.replace', 'presence.hello.incomplete', 'presence.hello.malformed', 'limits.harmless'],
  },
  async (stage) => {
    const { client, judge } = stage;
    const { agent_id, session_tag } = await join(stage);
    client.publish(subjects.registryHello, { agent_id, session_tag });
    const isBare = ({ name }: { name?: string | null }) => name === agent_id;
    const bare = await row(stage, 'presence.hello.replace', {
      tag: session_tag,
      what: 'the row of the bare hello',
      where: isBare,
    });
    judge.matches('presence.hello.replace', bare, { capabilities: [], metadata: {} }, 'the row of defaults');
    const incomplete: object[] = [
      { agent_id, name: 'x' },
      { session_tag, name: 'x' },
      { agent_id: 7, session_tag, name: 'x' },
    ];
    for (const body of ['{bad', '[1]', '', ...incomplete]) client.publish(subjects.registryHello, body);
    client.publish(subjects.registryGoodbye, '{bad');
    client.publish(subjects.registryGoodbye, { session_tag: 7 });
    client.publish(subjects.registryHello, { agent_id, session_tag, name: agent_id });
    const marker = await join(stage);
    client.publish(subjects.registryHello, { ...marker, name: 'Marker' });
    const isMarked = ({ name }: { name?: string | null }) => name === 'Marker';
    await row(stage, 'presence.hello.malformed', {
      tag: marker.session_tag,
      what: 'the hello after broken ones',
      where: isMarked,
    });
    client.publish(subjects.registryHello, { session_tag, name: 'x' });
    client.publish(subjects.registryHello, { ...marker, name: 'Later' });
    const isLater = ({ name }: { name?: string | null }) => name === 'Later';
    await row(stage, 'limits.harmless', {
      tag: marker.session_tag,
      what: 'the hello after an incomplete one',
      where: isLater,
    });
    const after = await row(stage, 'presence.hello.incomplete', { tag: session_tag, what: 'the row of the session' });
    judge.equal('presence.hello.incomplete', after.name, agent_id, 'the name, no fact of an incomplete hello');
  },
);

const silent = registryScenario(
  {
    id: 'presence.ttl',
    title: 'given a silent session, when its ttl has passed, then it is neither listed nor online',
    cases: ['P-03'],
    rules: ['presence.ttl', 'presence.no-ghosts'],
    timeoutMs: 180_000,
  },
  async (stage) => {
    const { client, judge } = stage;
    const { account_id, session_tag, ttl_seconds } = await register(stage, 'presence.ttl', { agent_id: stage.name() });
    const online = await ask(stage, 'presence.ttl', ['profile', { account_id }]);
    judge.equal('presence.ttl', online.profile.online, true, 'online at first');
    const timeoutMs = ttl_seconds * 1000 + 15_000;
    const gone = eventually(async () => (await rowOf(stage, session_tag)) === undefined, {
      timeoutMs,
      what: 'its eviction',
    });
    await judge.comes('presence.ttl', `no row after ${ttl_seconds} s`, gone);
    const { profile } = await client.ask('profile', { account_id });
    judge.matches('presence.no-ghosts', profile, { online: false, online_sessions: [] }, 'the profile');
  },
);

const goodbye = registryScenario(
  {
    id: 'presence.goodbye',
    title: 'given an online session, when it says goodbye twice, then it is gone and others stay',
    cases: ['P-04'],
    rules: ['presence.goodbye.removes', 'presence.goodbye.unknown'],
  },
  async (stage) => {
    const { client, judge } = stage;
    const [leaving, staying] = [await join(stage), await join(stage)];
    const body = { session_tag: leaving.session_tag, agent_id: leaving.agent_id, seen_at: '2001-01-01T00:00:00Z' };
    client.publish(subjects.registryGoodbye, body);
    const gone = eventually(async () => (await rowOf(stage, leaving.session_tag)) === undefined, {
      timeoutMs: 1_500,
      what: 'the goodbye',
    });
    await judge.comes('presence.goodbye.removes', 'no row right after the goodbye', gone);
    client.publish(subjects.registryGoodbye, body);
    client.publish(subjects.registryGoodbye, { session_tag: stage.name('tag') });
    client.publish(subjects.registryHello, staying);
    await row(stage, 'presence.goodbye.unknown', { tag: staying.session_tag, what: 'the other session' });
  },
);

const restored = registryScenario(
  {
    id: 'presence.restored',
    title:
      'given tags the registry never saw, when hellos bring them, then they are listed with the account they claim or resolve to',
    cases: ['P-05'],
    rules: ['presence.restore', 'presence.restore.resolve'],
  },
  async (stage) => {
    const { client, judge } = stage;
    const known = await join(stage);
    const [claimed, bare] = [stage.name('tag'), stage.name('tag')];
    client.publish(subjects.registryHello, { ...known, session_tag: claimed });
    const { account_id, username } = known;
    const first = await row(stage, 'presence.restore', { tag: claimed, what: 'the row of the claimed tag' });
    judge.matches('presence.restore', first, { account_id, username }, 'the account it claims');
    client.publish(subjects.registryHello, { agent_id: known.agent_id, session_tag: bare });
    const second = await row(stage, 'presence.restore.resolve', { tag: bare, what: 'the row of the bare tag' });
    judge.matches(
      'presence.restore.resolve',
      second,
      { account_id, username },
      'the account a registration would give',
    );
  },
);

const oversized = registryScenario(
  {
    id: 'presence.oversized',
    title: 'given a hello with a megabyte of metadata, when sessions are listed, then the list answers without it',
    cases: ['P-10'],
    rules: ['presence.hello.oversized', 'rpc.reply.size'],
  },
  async (stage) => {
    const { client, judge } = stage;
    const session = await join(stage);
    const metadata = { big: 'x'.repeat(900_000) };
    await client.deliver(subjects.registryHello, { ...session, metadata });
    await client.deliver(subjects.registryHello, { ...session, session_tag: stage.name('tag'), metadata });
    const found = await row(stage, 'presence.hello.oversized', {
      tag: session.session_tag,
      what: 'an answer of the list',
    });
    judge.equal('presence.hello.oversized', found.metadata, session.metadata, 'the metadata of before');
  },
);

/** Sessions that come, stay and go. */
export const presenceScenarios: readonly Scenario[] = [
  listed,
  paged,
  replaced,
  broken,
  silent,
  goodbye,
  restored,
  oversized,
];

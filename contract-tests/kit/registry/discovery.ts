import { limits, subjects } from '@agentnet/protocol';
import { eventually } from '../../harness/eventually.js';
import { type RegistryStage, registryScenario, type Scenario } from '../core/scenario.js';
import { ask, refused, register, type Session } from './asking.js';

const resultKeys = [
  'account_id',
  'capabilities',
  'display_name',
  'metadata',
  'online',
  'online_sessions',
  'status',
  'username',
  'visibility',
];

/** Ends a session and waits until that shows. */
export async function leave({ client, judge }: RegistryStage, { session_tag, account_id }: Session): Promise<void> {
  client.publish(subjects.registryGoodbye, { session_tag });
  const gone = eventually(async () => !(await client.ask('profile', { account_id })).profile.online, {
    what: 'the goodbye',
  });
  await judge.comes('presence.goodbye.removes', 'offline after the goodbye', gone);
}

/** A hello each, so that a short ttl does not end the sessions while the scenario looks. */
async function stayOnline(
  { client }: RegistryStage,
  sessions: readonly (Session & { agent_id: string })[],
): Promise<void> {
  for (const { agent_id, session_tag, capabilities } of sessions as readonly (Session & {
    agent_id: string;
    capabilities?: string[];
  })[])
    client.publish(subjects.registryHello, { agent_id, session_tag, ...(capabilities ? { capabilities } : {}) });
  await client.connection.flush();
}

const searched = registryScenario(
  {
    id: 'discovery.search',
    title:
      'given online and offline agents, when a part of their names is searched in another case, then all come in order',
    cases: ['S-01'],
    rules: ['discovery.search.match', 'discovery.search.reply', 'discovery.search.order'],
  },
  async (stage) => {
    const { judge } = stage;
    const word = stage.name('w').replaceAll('_', '');
    const joined = async (agent_id: string, name: string) => ({
      agent_id,
      ...(await register(stage, 'discovery.search.match', { agent_id, name })),
    });
    const offline = await joined(stage.name(), `A ${word.toUpperCase()} B`);
    await leave(stage, offline);
    const [online, busy, busyToo] = [
      await joined(`z${word}`, 'Zed'),
      await joined(`m${word}`, 'Em'),
      await joined(`m${word}`, 'Em'),
    ];
    await stayOnline(stage, [online, busy, busyToo]);
    const { results } = await ask(stage, 'discovery.search.match', ['search', { query: ` ${word.toUpperCase()} ` }]);
    const accounts = results.map(({ account_id }) => account_id);
    judge.equal(
      'discovery.search.match',
      [...accounts].sort(),
      [busy.account_id, offline.account_id, online.account_id].sort(),
      'the accounts found',
    );
    judge.equal(
      'discovery.search.order',
      accounts,
      [busy.account_id, online.account_id, offline.account_id],
      'most sessions first',
    );
    judge.equal(
      'discovery.search.reply',
      results.map(({ online_sessions }) => online_sessions),
      [2, 1, 0],
      'sessions as integers',
    );
    for (const result of results)
      judge.equal('discovery.search.reply', Object.keys(result).sort(), resultKeys, 'the fields of a result');
    const names = [`b${word}`, `a${word}`];
    for (const agent_id of names) await leave(stage, await joined(agent_id, `${word}tie`));
    const ties = await ask(stage, 'discovery.search.order', ['search', { query: `${word}tie` }]);
    judge.equal(
      'discovery.search.order',
      ties.results.map(({ username }) => username),
      [...names].sort(),
      'equals by username',
    );
  },
);

const limited = registryScenario(
  {
    id: 'discovery.limits',
    title: 'given limits of every kind, when accounts are searched, then integers are clamped and other types refused',
    cases: ['S-02'],
    rules: [
      'discovery.search.limit',
      'discovery.search.limit-type',
      'discovery.search.flag-type',
      'rpc.limit',
      'limits.numbers',
    ],
  },
  async (stage) => {
    const { client, judge } = stage;
    const { searchLimitDefault: byDefault, searchLimitMax: max, pageLimitMin: min } = limits;
    const effective = new Map([
      [0, byDefault],
      [-5, min],
      [1, 1],
      [max, max],
      [max + 1, max],
      [null, byDefault],
    ]);
    for (const [limit, used] of effective) {
      const reply = await ask(stage, 'discovery.search.limit', ['search', { limit }]);
      judge.equal('discovery.search.limit', reply.limit, used, `the limit used for ${limit}`);
      judge.holds('rpc.limit', reply.results.length <= used, `at most ${used} results`, reply.results.length);
    }
    for (const limit of ['3', 'x', 2.9, true]) {
      const { detail } = await refused(stage, 'discovery.search.limit-type', [
        'search',
        { limit },
        { code: 'bad_request' },
      ]);
      judge.holds('discovery.search.limit-type', String(detail).includes('limit'), 'a detail that names limit', detail);
    }
    const huge = await judge.comes('limits.numbers', 'an answer to 1e999', client.rpc('search', '{"limit":1e999}'));
    judge.holds('limits.numbers', 'error' in huge || 'results' in huge, 'an error or results', huge);
    await refused(stage, 'discovery.search.flag-type', ['search', { online_only: 'false' }, { code: 'bad_request' }]);
  },
);

const filtered = registryScenario(
  {
    id: 'discovery.filters',
    title: 'given filters, when accounts are searched, then they hold and the reply repeats them',
    cases: ['S-03'],
    rules: ['discovery.search.online-only', 'discovery.search.capability', 'discovery.search.echo'],
  },
  async (stage) => {
    const { judge } = stage;
    const word = stage.name('filter');
    const joined = async (agent_id: string, capabilities: string[]) => ({
      agent_id,
      capabilities,
      ...(await register(stage, 'discovery.search.capability', { agent_id, capabilities })),
    });
    const gone = await joined(`${word}_gone`, ['paint', 'Paint.more']);
    await leave(stage, gone);
    const [plain, painter] = [await joined(`${word}_plain`, []), await joined(`${word}_painter`, ['paint'])];
    const found = async (filter: object) => {
      await stayOnline(stage, [plain, painter]);
      const { results } = await ask(stage, 'discovery.search.capability', ['search', { query: word, ...filter }]);
      return results.map(({ account_id }) => account_id).sort();
    };
    const accounts = (...sessions: Session[]): string[] => sessions.map(({ account_id }) => account_id).sort();
    judge.equal(
      'discovery.search.online-only',
      await found({ online_only: true }),
      accounts(plain, painter),
      'who is online',
    );
    judge.equal(
      'discovery.search.capability',
      await found({ capability: 'paint' }),
      accounts(painter, gone),
      'who paints',
    );
    judge.equal(
      'discovery.search.capability',
      await found({ capability: 'pain' }),
      [],
      'who has a part of a capability',
    );
    judge.equal(
      'discovery.search.online-only',
      await found({ capability: 'paint', online_only: true }),
      accounts(painter),
      'who paints and is online',
    );
    const used = { query: ` ${word}`, capability: 'paint', online_only: true };
    judge.matches(
      'discovery.search.echo',
      await ask(stage, 'discovery.search.echo', ['search', used]),
      used,
      'the filters as sent',
    );
    const bare = await ask(stage, 'discovery.search.echo', ['search', { query: word }]);
    judge.matches(
      'discovery.search.echo',
      bare,
      { capability: null, online_only: false },
      'filters that were not sent',
    );
  },
);

const paged = registryScenario(
  {
    id: 'discovery.paging',
    title:
      'given more accounts than one page, when the cursor is followed, then each comes once, and bad cursors give page one or an error',
    cases: [],
    rules: ['discovery.search.paging', 'rpc.cursor.bad', 'rpc.cursor.strict'],
  },
  async (stage) => {
    const { judge } = stage;
    const word = stage.name('page');
    const wanted = ['a', 'b', 'c', 'd', 'e'].map((letter) => `${word}_${letter}`);
    for (const agent_id of wanted) await leave(stage, await register(stage, 'discovery.search.paging', { agent_id }));
    const names: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await ask(stage, 'discovery.search.paging', [
        'search',
        { query: word, limit: 2, ...(cursor ? { cursor } : {}) },
      ]);
      names.push(...page.results.map(({ username }) => username));
      cursor = page.next_cursor ?? undefined;
    } while (cursor && names.length < 20);
    judge.equal('discovery.search.paging', names, wanted, 'every account once');
    const first = await ask(stage, 'rpc.cursor.bad', ['search', { query: word, limit: 1, cursor: 'garbage' }]);
    judge.equal('rpc.cursor.bad', first.results[0]?.username, wanted[0], 'page one for a bad cursor');
    await refused(stage, 'rpc.cursor.strict', [
      'search',
      { cursor: 'garbage', strict_cursor: true },
      { code: 'cursor_invalid' },
    ]);
  },
);

const literal = registryScenario(
  {
    id: 'discovery.literal',
    title: 'given wildcard characters in a name, when they are searched, then only names with them are found',
    cases: ['S-09'],
    rules: ['discovery.search.literal'],
  },
  async (stage) => {
    const word = stage.name('lit').replaceAll('_', '');
    const odd = await register(stage, 'discovery.search.literal', { agent_id: `${word}odd`, name: `${word} 50%_\\x` });
    await register(stage, 'discovery.search.literal', { agent_id: `${word}plain`, name: `${word} 50ab` });
    for (const query of ['50%', '50%_', `${word} 50%_\\`]) {
      const { results } = await ask(stage, 'discovery.search.literal', [
        'search',
        { query: query.startsWith(word) ? query : `${word} ${query}` },
      ]);
      stage.judge.equal(
        'discovery.search.literal',
        results.map(({ account_id }) => account_id),
        [odd.account_id],
        `who has ${query}`,
      );
    }
    const none = await ask(stage, 'discovery.search.literal', ['search', { query: `${word}%` }]);
    stage.judge.equal(
      'discovery.search.literal',
      none.results.length,
      0,
      'accounts for a pattern nobody has in the name',
    );
    const threads = await ask(stage, 'discovery.search.literal', ['thread_list', { query: '%' }]);
    const odds = threads.results.filter(({ thread_id }) => !thread_id.includes('%'));
    stage.judge.equal('discovery.search.literal', odds.length, 0, 'threads without the letter');
  },
);

/** Search. */
export const discoveryScenarios: readonly Scenario[] = [searched, limited, filtered, paged, literal];

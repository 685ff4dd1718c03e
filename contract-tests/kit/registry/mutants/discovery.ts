import { asking, type Body, edited, type FaultyRegistry, mutant, refusing } from './fault.js';

const results = (change: (rows: Body[], asked: Body) => Body[]): FaultyRegistry['fault'] =>
  edited('search', (reply, asked) => ({ ...reply, results: change(reply['results'], asked) }));
const profile = (change: (profile: Body) => Body): FaultyRegistry['fault'] =>
  edited('profile', (reply) => ({ ...reply, profile: change(reply['profile']) }));

/** Registries that are wrong about search, profiles, keys and metrics. */
export const discoveryMutants: readonly FaultyRegistry[] = [
  mutant(
    'search-minds-case',
    ['discovery.search.match'],
    results((rows, { query = '' }) => rows.filter(({ username }) => username.includes(String(query).trim()))),
  ),
  mutant(
    'search-by-username-only',
    ['discovery.search.match'],
    results((rows, { query = '' }) =>
      rows.filter(({ username }) => username.includes(String(query).trim().toLowerCase())),
    ),
  ),
  mutant(
    'result-without-visibility',
    ['discovery.search.reply'],
    results((rows) => rows.map(({ visibility: _, ...row }) => row)),
  ),
  mutant(
    'search-backwards',
    ['discovery.search.order'],
    results((rows) => [...rows].reverse()),
  ),
  mutant(
    'search-limit-not-clamped',
    ['discovery.search.limit'],
    edited('search', (reply, { limit }) => ({
      ...reply,
      limit: Number.isInteger(limit) && limit > 0 ? limit : reply['limit'],
    })),
  ),
  mutant(
    'search-default-of-its-own',
    ['discovery.search.limit'],
    asking('search', (asked) => ({ ...asked, limit: asked['limit'] || 50 })),
  ),
  mutant(
    'text-limit-taken',
    ['discovery.search.limit-type'],
    asking('search', (asked) => ({ ...asked, limit: Math.trunc(Number(asked['limit'] ?? 0)) || 0 })),
  ),
  mutant(
    'online-only-ignored',
    ['discovery.search.online-only'],
    asking('search', (asked) => void delete asked['online_only']),
  ),
  mutant(
    'capability-ignored',
    ['discovery.search.capability'],
    asking('search', (asked) => void delete asked['capability']),
  ),
  mutant(
    'query-trimmed-in-the-echo',
    ['discovery.search.echo'],
    edited('search', (reply) => ({ ...reply, query: String(reply['query']).trim() })),
  ),
  mutant(
    'echo-without-capability',
    ['discovery.search.echo'],
    edited('search', (reply) => ({ ...reply, capability: null })),
  ),
  mutant(
    'wildcards-in-search',
    ['discovery.search.literal'],
    asking('search', (asked) => ({ ...asked, query: String(asked['query'] ?? '').replace(/[%_\\].*$/, '') })),
  ),
  mutant(
    'text-flag-taken',
    ['discovery.search.flag-type'],
    asking('search', (asked) => ({ ...asked, online_only: asked['online_only'] === true })),
  ),
  mutant(
    'search-without-cursor',
    ['discovery.search.paging'],
    edited('search', (reply) => void delete reply['next_cursor']),
  ),
  mutant(
    'search-cursor-restarts',
    ['discovery.search.paging'],
    asking('search', (asked) => void delete asked['cursor']),
  ),
  mutant(
    'search-forgets-who-came',
    ['discovery.search.walk'],
    asking(
      'search',
      (asked) =>
        void (asked['cursor'] && Object.assign(asked, { cursor: String(asked['cursor']).replace(/^[^.]+/, '') })),
    ),
  ),
  mutant(
    'username-wins',
    ['discovery.profile.lookup'],
    asking('profile', (asked) => void (asked['username'] && delete asked['account_id'])),
  ),
  mutant('profile-of-exact-names', ['discovery.profile.lookup'], refusingOddNames()),
  mutant(
    'profile-without-bio',
    ['discovery.profile.reply'],
    profile(({ bio: _, ...rest }) => rest),
  ),
  mutant(
    'profile-with-a-bio',
    ['discovery.profile.constants'],
    profile((one) => ({ ...one, bio: 'hello' })),
  ),
  mutant(
    'sessions-oldest-first',
    ['discovery.profile.sessions'],
    profile((one) => ({ ...one, online_sessions: [...one['online_sessions']].reverse() })),
  ),
  mutant(
    'session-without-server',
    ['discovery.profile.sessions', 'discovery.profile.reply'],
    profile((one) => ({
      ...one,
      online_sessions: one['online_sessions'].map(({ server_id: _, ...rest }: Body) => rest),
    })),
  ),
  mutant(
    'profile-error-of-its-own',
    ['discovery.profile.errors'],
    refusing((reply, { operation }) => (operation === 'profile' ? { ...reply, error: 'no such account' } : undefined)),
  ),
  mutant(
    'key-error-of-its-own',
    ['discovery.key.errors'],
    refusing((reply, { operation }) => (operation === 'resolve_key' ? { ...reply, error: 'no key' } : undefined)),
  ),
  mutant(
    'metrics-without-handlers',
    ['discovery.metrics.reply'],
    edited('metrics', (reply) => void delete reply['handlers']),
  ),
  mutant(
    'metrics-that-stand-still',
    ['discovery.metrics.counted'],
    edited('metrics', (reply, _, notes) => {
      const handlers = notes.get('handlers') ?? reply['handlers'];
      notes.set('handlers', handlers);
      return { ...reply, handlers };
    }),
  ),
  mutant(
    'lists-come-back-empty',
    ['discovery.types'],
    edited(['search', 'profile'], (reply) =>
      JSON.parse(JSON.stringify(reply).replace(/"capabilities":\[[^\]]*\]/g, '"capabilities":[]')),
    ),
  ),
  mutant(
    'metadata-as-text',
    ['discovery.types'],
    edited('profile', (reply) => ({
      ...reply,
      profile: { ...reply['profile'], metadata: { text: JSON.stringify(reply['profile'].metadata) } },
    })),
  ),
];

function refusingOddNames(): FaultyRegistry['fault'] {
  return {
    answer: ({ operation, asked }) =>
      operation === 'profile' && !asked?.['account_id'] && /[A-Z@]/.test(String(asked?.['username'] ?? ''))
        ? { error: 'not_found', code: 'not_found' }
        : 'unchanged',
  };
}

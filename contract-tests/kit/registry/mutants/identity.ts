import { limits } from '@agentnet/protocol';
import { answering, asking, edited, type FaultyRegistry, mutant, refusing } from './fault.js';

const random = (): string => Math.random().toString(36).slice(2, 10);
const clean = (text: string): string => text.trim().toLowerCase();

/** Registries that are wrong about accounts, usernames and registrations. */
export const identityMutants: readonly FaultyRegistry[] = [
  mutant(
    'register-without-heartbeat',
    ['identity.register.reply'],
    edited('register', (reply) => void delete reply['heartbeat_interval']),
  ),
  mutant(
    'no-features',
    ['identity.register.features'],
    edited('register', (reply) => void delete reply['features']),
  ),
  mutant(
    'every-feature-asked-for',
    ['identity.register.features'],
    edited('register', (reply, asked) => (asked['features'] ? { ...reply, features: asked['features'] } : reply)),
  ),
  mutant(
    'features-unasked',
    ['identity.register.features', 'identity.register.reply'],
    edited('register', (reply) => ({ ...reply, features: reply['features'] ?? [] })),
  ),
  mutant(
    'account-id-in-capitals',
    ['identity.account-id.form'],
    edited('register', (reply) => ({ ...reply, account_id: String(reply['account_id']).toUpperCase() })),
  ),
  mutant(
    'short-session-tag',
    ['identity.session-tag.form'],
    edited('register', (reply) => ({ ...reply, session_tag: `registry_${random()}` })),
  ),
  mutant(
    'account-per-registration',
    ['identity.register.stable', 'identity.register.concurrent'],
    asking('register', (asked) => ({ ...asked, account_id: asked['account_id'] ?? `acct_${random()}` })),
  ),
  mutant(
    'session-reused',
    ['identity.session.new'],
    edited('register', (reply, _, notes) => {
      const tag = notes.get(reply['account_id']) ?? reply['session_tag'];
      notes.set(reply['account_id'], tag);
      return { ...reply, session_tag: tag };
    }),
  ),
  mutant(
    'username-as-sent',
    ['identity.username.normalise'],
    edited('register', (reply, asked) => ({ ...reply, username: asked['username'] || reply['username'] })),
  ),
  mutant(
    'fallback-nobody',
    ['identity.username.fallback'],
    asking('register', (asked) =>
      /[a-z0-9]/i.test(asked['username'] ?? 'a') ? asked : { ...asked, username: `nobody${random()}` },
    ),
  ),
  mutant(
    'one-account-for-the-nameless',
    ['identity.username.fallback.distinct'],
    asking('register', (asked) =>
      /[a-z0-9]/i.test(asked['agent_id'] ?? 'a') ? asked : { ...asked, agent_id: 'agent_same' },
    ),
  ),
  mutant(
    'resolves-exact-spelling-only',
    ['identity.resolve.forms'],
    answering(({ operation, asked }) =>
      operation === 'resolve_account' &&
      typeof asked?.['username'] === 'string' &&
      /[^a-z0-9_.-]/.test(asked['username'])
        ? { error: 'not_found', code: 'not_found' }
        : undefined,
    ),
  ),
  mutant(
    'resolves-without-time',
    ['identity.resolve.reply'],
    edited('resolve_account', (reply) => void delete reply['resolved_at']),
  ),
  mutant(
    'resolves-to-the-wrong-name',
    ['identity.resolve.reply'],
    edited('resolve_account', (reply, asked) => ({ ...reply, username: asked['username'] })),
  ),
  mutant(
    'resolve-error-of-its-own',
    ['identity.resolve.errors'],
    refusing((reply, { operation }) =>
      operation === 'resolve_account' ? { ...reply, error: 'unknown account' } : undefined,
    ),
  ),
  mutant(
    'register-error-of-its-own',
    ['identity.register.errors', 'rpc.not-object'],
    refusing((reply, { operation }) =>
      operation === 'register' ? { ...reply, error: 'invalid registration' } : undefined,
    ),
  ),
  mutant(
    'wrong-types-made-text',
    ['identity.register.types', 'rpc.types'],
    asking('register', (asked) => {
      if (typeof asked['agent_id'] === 'number') asked['agent_id'] = String(asked['agent_id']);
      asked['capabilities'] = Array.isArray(asked['capabilities']) ? asked['capabilities'].map(String) : [];
      if (Array.isArray(asked['metadata'])) asked['metadata'] = {};
    }),
  ),
  mutant(
    'known-account-forgotten',
    ['identity.register.known-account'],
    asking('register', (asked) => ({ ...asked, ...(asked['account_id'] ? { account_id: `acct_${random()}` } : {}) })),
  ),
  mutant(
    'no-rename',
    ['identity.register.rename'],
    asking('register', (asked) => (asked['account_id'] ? { ...asked, username: asked['agent_id'] } : asked)),
  ),
  mutant(
    'rename-takes-taken-names',
    ['identity.register.rename'],
    edited('register', (reply, asked) =>
      asked['account_id'] && asked['username'] ? { ...reply, username: asked['username'] } : reply,
    ),
  ),
  mutant(
    'profile-never-changes',
    ['identity.register.profile'],
    asking('register', (asked) => void delete asked['name']),
  ),
  mutant(
    'default-name-of-its-own',
    ['identity.register.defaults'],
    asking('register', (asked) => ({ ...asked, name: asked['name'] ?? 'Agent' })),
  ),
  mutant(
    'default-capability-of-its-own',
    ['identity.register.defaults'],
    asking('register', (asked) => ({ ...asked, capabilities: asked['capabilities'] ?? ['any'] })),
  ),
  mutant(
    'hostile-account-ids-mended',
    ['identity.ids.refused'],
    asking('register', (asked) => {
      if (typeof asked['account_id'] === 'string')
        asked['account_id'] = asked['account_id'].replace(/[^A-Za-z0-9_-]/g, '').slice(0, 64) || undefined;
    }),
  ),
  mutant(
    'hostile-capabilities-dropped',
    ['identity.ids.refused'],
    asking('register', (asked) => {
      if (Array.isArray(asked['capabilities']))
        asked['capabilities'] = asked['capabilities'].filter((one) => /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(one));
    }),
  ),
  mutant('odd-characters-dropped', ['identity.register.text', 'limits.text'], {
    answer: ({ operation, text, ask }) =>
      operation === 'metrics' ? 'unchanged' : ask(text.replace(/\\u0000|\\ud800/g, '')),
  }),
  mutant(
    'too-many-capabilities-cut',
    ['limits.capabilities'],
    asking('register', (asked) => {
      if (Array.isArray(asked['capabilities']))
        asked['capabilities'] = asked['capabilities'].slice(0, limits.capabilityMaxCount);
    }),
  ),
  mutant(
    'conflicts-share-a-name',
    ['identity.conflict.distinct'],
    edited('register', (reply, asked) =>
      asked['account_id'] && asked['username'] ? { ...reply, username: clean(asked['username']) } : reply,
    ),
  ),
  mutant(
    'conflict-name-of-another-form',
    ['identity.conflict.form'],
    edited('register', (reply, asked) => (asked['account_id'] ? { ...reply, username: `x${random()}` } : reply)),
  ),
  mutant(
    'unknown-account-id-replaced',
    ['identity.register.unknown-account'],
    asking('register', (asked) => void delete asked['account_id']),
  ),
  mutant(
    'large-profile-cut',
    ['identity.profile.too-large'],
    asking('register', (asked) => {
      if (JSON.stringify(asked['metadata'] ?? {}).length > limits.profileMaxBytes) asked['metadata'] = {};
    }),
  ),
  mutant('concurrent-registrations-fail', ['identity.register.concurrent'], {
    async answer({ operation, asked, ask }, notes) {
      if (operation !== 'register') return 'unchanged';
      const isBusy = notes.get(asked?.['agent_id']);
      if (isBusy) return { error: 'failed resolving account identity', code: 'internal_error' };
      notes.set(asked?.['agent_id'], true);
      const reply = await ask();
      notes.delete(asked?.['agent_id']);
      return reply;
    },
  }),
];

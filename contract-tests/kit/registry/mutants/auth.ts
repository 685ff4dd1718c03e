import { answering, type Body, type Call, edited, type FaultyRegistry, mutant, refusing } from './fault.js';

const isRegistration = ({ operation }: Call): boolean => operation === 'register';

function success(asked: Body | undefined): Body {
  return {
    account_id: asked?.['account_id'] ?? 'acct_01m84cwv77gwa70dymrrcftp0s',
    username: String(asked?.['username'] ?? 'agent').toLowerCase(),
    session_tag: 'registry_01M84CWV76P6K7WWQTJF20463G',
    heartbeat_interval: 1,
    ttl_seconds: 3,
    registered_at: new Date().toISOString(),
  };
}

/** Registries that are wrong about signatures. */
export const authMutants: readonly FaultyRegistry[] = [
  mutant(
    'unsigned-registrations-taken',
    ['auth.register.refusals'],
    refusing((reply, call) =>
      isRegistration(call) && reply['error'] === 'auth_required' ? success(call.asked) : undefined,
    ),
  ),
  mutant(
    'signature-checked-first',
    ['auth.register.refusals'],
    refusing((reply, call) =>
      isRegistration(call) && /timestamp_(invalid|skew)/.test(reply['error'])
        ? { error: 'auth_signature_invalid', code: 'auth_signature_invalid' }
        : undefined,
    ),
  ),
  mutant(
    'other-keys-taken',
    ['auth.register.refusals'],
    refusing((reply, call) =>
      isRegistration(call) && reply['error'] === 'auth_public_key_mismatch' ? success(call.asked) : undefined,
    ),
  ),
  mutant(
    'other-key-told',
    ['auth.register.key'],
    edited('resolve_key', (reply) => ({ ...reply, public_key: [...reply['public_key']].reverse().join('') })),
  ),
  mutant(
    'key-of-the-last-one',
    ['auth.register.key'],
    refusing((reply, call) =>
      isRegistration(call) && reply['error'] === 'auth_public_key_mismatch' ? success(call.asked) : undefined,
    ),
  ),
  mutant(
    'clocks-ignored',
    ['auth.register.skew'],
    refusing((reply, call) =>
      isRegistration(call) && reply['error'] === 'auth_claims_timestamp_skew' ? success(call.asked) : undefined,
    ),
  ),
  mutant(
    'narrow-clocks',
    ['auth.register.skew'],
    answering(({ operation, asked }) => {
      const at = Date.parse(asked?.['auth']?.claims?.timestamp);
      return operation === 'register' && Math.abs(at - Date.now()) > 60_000 && Math.abs(at - Date.now()) < 115_000
        ? { error: 'auth_claims_timestamp_skew', code: 'auth_claims_timestamp_skew' }
        : undefined;
    }),
  ),
  mutant(
    'nonces-forgotten',
    ['auth.register.replay'],
    refusing((reply, call) =>
      isRegistration(call) && reply['error'] === 'auth_nonce_replayed' ? success(call.asked) : undefined,
    ),
  ),
  mutant(
    'good-signatures-refused',
    ['auth.register.ok'],
    edited('register', () => ({ error: 'auth_signature_invalid', code: 'auth_signature_invalid' })),
  ),
  mutant('refused-names-spent', ['auth.refusal.no-change'], {
    async answer({ operation, asked, ask }, notes) {
      const reply = await ask();
      if (operation === 'register' && 'error' in reply) notes.set(asked?.['username'], asked);
      const refused = notes.get(asked?.['username']);
      if (operation === 'resolve_account' && 'error' in reply && refused)
        return { account_id: 'acct_spent', username: asked?.['username'], resolved_at: new Date().toISOString() };
      if (operation === 'profile' && refused && !('error' in reply))
        return { ...reply, profile: { ...reply['profile'], display_name: refused['name'] ?? 'x' } };
      return reply;
    },
  }),
  mutant(
    'username-required',
    ['auth.register.no-username'],
    answering(({ operation, asked }) =>
      operation === 'register' && asked && !asked['username']
        ? { error: 'auth_claims_username_mismatch', code: 'auth_claims_username_mismatch' }
        : undefined,
    ),
  ),
];

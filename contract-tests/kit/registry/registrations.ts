import { randomUUID } from 'node:crypto';
import { nowTimestamp, type RegisterRequest, subjects } from '@agentnet/protocol';
import { makeKeyPair } from '@agentnet/sdk/identity';
import { eventually } from '../../harness/eventually.js';
import { type RegistrationChanges, signedAccount, signedRegistration } from '../../harness/signing.js';
import { type RegistryStage, registryScenario, type Scenario } from '../core/scenario.js';
import { ask, refused } from './asking.js';

const signed = { network: 'signed' } as const;

async function stateOf(stage: RegistryStage, username: string): Promise<object> {
  const { profile } = await ask(stage, 'auth.refusal.no-change', ['profile', { username }]);
  const { account_id } = await ask(stage, 'auth.refusal.no-change', ['resolve_account', { username }]);
  const { public_key } = await ask(stage, 'auth.register.key', ['resolve_key', { account_id }]);
  const { online: _now, online_sessions: _sessions, ...lasting } = profile;
  return { lasting, account_id, public_key };
}

const accepted = registryScenario(
  {
    id: 'registrations.accepted',
    title:
      'given signed registrations, with and without a username, when they arrive, then they succeed and the first key is the account’s',
    cases: ['A-03', 'A-13'],
    rules: ['auth.register.ok', 'auth.register.key', 'auth.register.no-username'],
    ...signed,
  },
  async (stage) => {
    const { judge, client } = stage;
    const account = await judge.comes(
      'auth.register.ok',
      'a signed registration succeeds',
      signedAccount(client, stage.name()),
    );
    const { public_key } = await ask(stage, 'auth.register.key', ['resolve_key', { account_id: account.accountId }]);
    judge.equal('auth.register.key', public_key, account.pair.publicKey, 'the key of the account');
    const agent_id = stage.name('Solo');
    const bare = await ask(stage, 'auth.register.no-username', [
      'register',
      signedRegistration(makeKeyPair(), { agent_id }),
    ]);
    judge.equal('auth.register.no-username', bare.username, agent_id.toLowerCase(), 'the derived username');
  },
);

const refusals = registryScenario(
  {
    id: 'registrations.refusals',
    title:
      'given registrations with one fault and all later ones, when they arrive, then each is refused with the first',
    cases: ['A-04', 'A-05'],
    rules: ['auth.register.refusals', 'auth.register.skew', 'auth.register.ok'],
    ...signed,
  },
  async (stage) => {
    const pair = makeKeyPair();
    const other = makeKeyPair();
    const username = stage.name();
    const request = { agent_id: username, username, name: 'Name' };
    await ask(stage, 'auth.register.ok', ['register', signedRegistration(pair, request)]);
    const forged = (changes: RegistrationChanges) => signedRegistration(other, request, changes);
    const at = (seconds: number) => nowTimestamp(Date.now() + seconds * 1000);
    const bad = { signature: 'A'.repeat(86) };
    const faults: [string, object][] = [
      ['auth_required', { ...request }],
      ['auth_required', { ...request, auth: 'text' }],
      ['auth_scheme_invalid', forged({ auth: { scheme: 'x', signature: '' } })],
      ['auth_payload_invalid', forged({ claims: { nonce: '' }, auth: { signature: '' } })],
      ['auth_payload_invalid', forged({ auth: { claims: [] } })],
      ['auth_payload_invalid', forged({ auth: { public_key: '' } })],
      ['auth_claims_invalid', forged({ claims: { nonce: '', agent_id: 'x' } })],
      ['auth_claims_agent_mismatch', forged({ claims: { agent_id: 'x', name: 'x' } })],
      ['auth_claims_name_mismatch', forged({ claims: { name: 'x', username: 'x' } })],
      ['auth_claims_username_mismatch', forged({ claims: { username: 'x', account_id: 'x' } })],
      ['auth_claims_account_mismatch', forged({ claims: { account_id: 'acct_other', timestamp: 'x' } })],
      ['auth_claims_timestamp_invalid', forged({ claims: { timestamp: 'x' }, auth: bad })],
      ['auth_claims_timestamp_skew', forged({ claims: { timestamp: at(-125) }, auth: bad })],
      ['auth_claims_timestamp_skew', forged({ claims: { timestamp: at(125) } })],
      ['auth_signature_invalid', forged({ auth: bad })],
      ['auth_public_key_mismatch', forged({})],
    ];
    for (const [error, body] of faults) {
      const rule = error.endsWith('skew') ? 'auth.register.skew' : 'auth.register.refusals';
      await refused(stage, rule, ['register', body, { error, code: error }]);
    }
    for (const seconds of [110, -110])
      await ask(stage, 'auth.register.skew', [
        'register',
        signedRegistration(pair, request, { claims: { timestamp: at(seconds) } }),
      ]);
  },
);

const replayed = registryScenario(
  {
    id: 'registrations.replayed',
    title: 'given a nonce that was spent, even by a wrong key, when it comes again, then it is refused',
    cases: ['A-05'],
    rules: ['auth.register.replay'],
    ...signed,
  },
  async (stage) => {
    const pair = makeKeyPair();
    const username = stage.name();
    const request: RegisterRequest = { agent_id: username, username };
    const first = signedRegistration(pair, request);
    await ask(stage, 'auth.register.replay', ['register', first]);
    await refused(stage, 'auth.register.replay', ['register', first, { error: 'auth_nonce_replayed' }]);
    const spent = { claims: { nonce: randomUUID() } };
    await refused(stage, 'auth.register.refusals', [
      'register',
      signedRegistration(makeKeyPair(), request, spent),
      { error: 'auth_public_key_mismatch' },
    ]);
    await refused(stage, 'auth.register.replay', [
      'register',
      signedRegistration(pair, request, spent),
      { error: 'auth_nonce_replayed' },
    ]);
  },
);

const harmless = registryScenario(
  {
    id: 'registrations.no-change',
    title:
      'given refused registrations and an unsigned hello with new facts, when they have come, then no account has changed or come',
    cases: ['A-10', 'A-12'],
    rules: ['auth.refusal.no-change', 'auth.register.key'],
    ...signed,
  },
  async (stage) => {
    const { client, judge } = stage;
    const pair = makeKeyPair();
    const username = stage.name();
    const own = signedRegistration(pair, { agent_id: username, username, name: 'V' });
    const victim = await ask(stage, 'auth.register.ok', ['register', own]);
    const before = await stateOf(stage, username);
    const wanted = stage.name('new');
    const evil = {
      agent_id: username,
      name: stage.name('EVIL'),
      capabilities: ['evil'],
      metadata: { public_key: 'evil' },
    };
    const attempts: RegisterRequest[] = [
      { ...evil, username },
      { ...evil, username: wanted },
      { ...evil, username: wanted, account_id: victim.account_id },
    ];
    for (const attempt of attempts) {
      await refused(stage, 'auth.register.refusals', ['register', attempt, { error: 'auth_required' }]);
      const forged = signedRegistration(pair, attempt, { auth: { signature: 'A'.repeat(86) } });
      await refused(stage, 'auth.register.refusals', ['register', forged, { error: 'auth_signature_invalid' }]);
    }
    const stolen = signedRegistration(makeKeyPair(), { ...evil, username: wanted, account_id: victim.account_id });
    await refused(stage, 'auth.register.refusals', ['register', stolen, { error: 'auth_public_key_mismatch' }]);
    const tag = stage.name('tag');
    await client.deliver(subjects.registryHello, { ...evil, username, session_tag: tag });
    judge.equal('auth.refusal.no-change', await stateOf(stage, username), before, 'the account');
    await refused(stage, 'auth.refusal.no-change', ['resolve_account', { username: wanted }, { error: 'not_found' }]);
    const { results } = await ask(stage, 'auth.refusal.no-change', ['search', { query: evil.name }]);
    judge.equal('auth.refusal.no-change', results.length, 0, 'accounts of the refused name');
  },
);

const contested = registryScenario(
  {
    id: 'registrations.contested',
    title: 'given ten keys that claim one new name at once, when all have been answered, then one has it',
    cases: ['A-10'],
    rules: ['auth.register.key', 'auth.refusal.no-change'],
    ...signed,
  },
  async (stage) => {
    const { client, judge } = stage;
    const username = stage.name();
    const pairs = Array.from({ length: 10 }, makeKeyPair);
    const replies = await Promise.all(
      pairs.map((one) => client.rpc('register', signedRegistration(one, { agent_id: username, username }))),
    );
    const winners = pairs.filter((_, index) => 'account_id' in (replies[index] ?? {}));
    judge.equal('auth.register.key', winners.length, 1, 'keys that got the name');
    const bound = eventually(
      async () => (await ask(stage, 'auth.register.key', ['resolve_account', { username }])).account_id,
    );
    const { public_key } = await ask(stage, 'auth.register.key', ['resolve_key', { account_id: await bound }]);
    judge.equal('auth.register.key', public_key, winners[0]?.publicKey, 'the key bound');
  },
);

/** Registrations on a network with signatures. */
export const registrationScenarios: readonly Scenario[] = [accepted, refusals, replayed, harmless, contested];

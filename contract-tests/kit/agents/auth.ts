import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Message, type SentMessage, subjects } from '@agentnet/protocol';
import { makeKeyPair } from '@agentnet/sdk/identity';
import { aMessage, type MessageOptions, type MessageText, uniqueName } from '../../harness/message-builder.js';
import { isSignedBy, type SignedAccount, signedAccount, signMessage } from '../../harness/signing.js';
import { type AgentStage, agentScenario, type Scenario, type ScenarioFacts } from '../core/scenario.js';
import { type ActingPeer, errorOf, type JoinOptions } from '../peer-process/acting-peer.js';
import { payloadOf } from './facing.js';

/** As one language writes them; another would rewrite every one. */
const numbers = '{"total":224.0,"n":1e+16,"big":12345678901234567890,"z":-0.0}';
const refused = (error: string) => ({ error, detail: 'message signature verification failed' });

/** A folder for the keys of agents under test. */
async function keyFolder(stage: AgentStage): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'agentnet-kit-keys-'));
  stage.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** An agent that signs and verifies, and an account with a key in the scenario's hands. */
async function signing(stage: AgentStage, options: JoinOptions = {}) {
  const peer = await stage.peer({ key_dir: await keyFolder(stage), rate_limit_per_second: null, ...options });
  return { peer, sender: await signer(stage) };
}

const signer = (stage: AgentStage): Promise<SignedAccount> => signedAccount(stage.client, stage.name('signer'));

const to = ({ accountId }: { accountId: string }, options: MessageOptions = {}): MessageText =>
  aMessage({ to: accountId, ...options });

/** Publishes a text as a request; the payload of the error reply. */
async function refusalOf({ client }: AgentStage, peer: ActingPeer, text: string): Promise<unknown> {
  const { error, detail } = payloadOf(await client.request(subjects.accountInbox(peer.accountId), text, 20_000)) as {
    error?: string;
    detail?: string;
  };
  return { error, detail };
}

const facts = (about: Omit<ScenarioFacts, 'network' | 'needs'>): ScenarioFacts => ({
  ...about,
  network: 'signed',
  needs: ['signing'],
});

export const authScenarios: readonly Scenario[] = [
  agentScenario(
    facts({
      id: 'auth.signs',
      title: 'given a signing agent, when it sends, asks and answers, then its key signs what a receiver can verify',
      cases: ['A-02', 'A-03', 'A-06'],
      rules: [
        'auth.message.claims',
        'auth.register.ok',
        'auth.register.claims',
        'auth.keys.private',
        'auth.register.key',
      ],
    }),
    async (stage) => {
      const { judge, client } = stage;
      const key_dir = await keyFolder(stage);
      const { peer, sender } = await signing(stage, { key_dir, handle: { how: 'echo' } });
      const { public_key } = await client.ask('resolve_key', { account_id: peer.accountId });
      const sending = peer.send({ to: sender.accountId, payload: { text: 'hi' } });
      const { json, text } = await judge.comes('auth.message.claims', 'a message', sender.inbox.next());
      sender.acknowledge(json);
      await sending;
      judge.holds(
        'auth.message.claims',
        isSignedBy(public_key, text),
        'fourteen claims signed by the key on record',
        text,
      );
      const request = sender.sign(to(peer, { kind: 'request', payload: 'ping' }));
      const asked = client.request(subjects.accountInbox(peer.accountId), request, 20_000);
      const reply = await judge.comes('auth.message.claims', 'a reply', asked);
      judge.matches('auth.message.claims', reply.json, { kind: 'reply', payload: 'ping' }, 'the reply');
      for (const name of await readdir(key_dir)) {
        const { mode } = await stat(join(key_dir, name));
        judge.equal('auth.keys.private', (mode & 0o077).toString(8), '0', `the rights of others on ${name}`);
      }
    },
  ),
  agentScenario(
    facts({
      id: 'auth.refusals',
      title: 'given messages with one fault and all later ones, when they arrive, then each is refused with the first',
      cases: ['A-06'],
      rules: ['auth.message.refusals', 'inbox.gates.order'],
    }),
    async (stage) => {
      const { peer, sender } = await signing(stage);
      const from = sender.accountId;
      const other = makeKeyPair();
      const changed = (text: string, change: object): string => {
        const message = JSON.parse(text) as { auth: { claims: object } };
        return JSON.stringify({ ...message, auth: { ...message.auth, ...change } });
      };
      const claims = (text: string, more: object): string =>
        changed(text, { claims: { ...(JSON.parse(text) as { auth: { claims: object } }).auth.claims, ...more } });
      const signed = (): string => sender.sign(to(peer));
      const bySomebodyElse = (): string => signMessage(other, to(peer, { from }));
      const unknown = to(peer, { from: stage.name('acct') });
      const cases: [string, string][] = [
        ['auth_missing', JSON.stringify(to(peer, { from }))],
        ['auth_scheme_invalid', changed(bySomebodyElse(), { scheme: 'x', signature: '' })],
        ['auth_payload_invalid', changed(bySomebodyElse(), { signature: '' })],
        ['auth_public_key_mismatch', bySomebodyElse()],
        ['auth_claims_mismatch', claims(signed(), { kind: 'x' })],
        ['auth_claims_mismatch', claims(signed(), { extra: '1' })],
        ['auth_signature_invalid', changed(signed(), { signature: 'A'.repeat(86) })],
        ['auth_recipient_mismatch', sender.sign(to({ accountId: 'acct_other' }))],
        ['auth_missing_from_account', JSON.stringify({ ...to(peer), auth: 'x' })],
        ['auth_key_not_found', signMessage(other, unknown)],
      ];
      for (const [code, text] of cases) {
        const rule = code === 'auth_recipient_mismatch' ? 'auth.message.audience' : 'auth.message.refusals';
        const refusal = await stage.judge.comes(rule, `an error reply ${code}`, refusalOf(stage, peer, text));
        stage.judge.equal(rule, refusal, refused(code), `a message with the fault ${code}`);
      }
      const told = sender.receipts.received.map(({ json }) => (json as { code?: string }).code);
      const expected = cases.map(([code]) => code).slice(0, -2);
      stage.judge.equal('auth.message.refusals', told, expected, 'the codes of the receipts, as in the error replies');
      const wrong = await refusalOf(stage, peer, JSON.stringify(to(peer, { from, schema_version: '9.9' })));
      stage.judge.matches(
        'inbox.gates.order',
        wrong,
        { error: 'unsupported_schema_version' },
        'unsigned, wrong schema',
      );
      stage.judge.equal('auth.message.refusals', peer.received.length, 0, 'messages at the handler');
    },
  ),
  agentScenario(
    facts({
      id: 'auth.tampered',
      title:
        'given a signed message whose payload is changed on the way, when it arrives, then it is refused and not handled',
      cases: ['A-07'],
      rules: ['auth.message.tampered', 'receipt.refused'],
    }),
    async (stage) => {
      const { peer, sender } = await signing(stage);
      const text = sender.sign(to(peer, { payload: { amount: 1 } })).replace('"amount":1', '"amount":9');
      const refusal = await stage.judge.comes('auth.message.tampered', 'an error reply', refusalOf(stage, peer, text));
      stage.judge.equal('auth.message.tampered', refusal, refused('auth_claims_mismatch'), 'the error reply');
      const { json } = await stage.judge.comes('receipt.refused', 'a receipt', sender.receipts.next());
      const receipt = { status: 'rejected', code: 'auth_claims_mismatch' };
      stage.judge.matches('auth.message.tampered', json, receipt, 'the receipt');
      stage.judge.equal('auth.message.tampered', peer.received.length, 0, 'messages at the handler');
    },
  ),
  agentScenario(
    facts({
      id: 'auth.numbers',
      title: 'given payloads that a language would rewrite, when they are sent either way, then they verify',
      cases: ['A-01', 'A-08', 'A-09', 'A-14'],
      rules: ['auth.message.numbers', 'auth.message.integer-keys', 'auth.canonical-json', 'auth.message.legacy'],
    }),
    async (stage) => {
      const { judge, client } = stage;
      const { peer, sender } = await signing(stage, { handle: { how: 'reply', payload: 'ok' } });
      const inbox = subjects.accountInbox(peer.accountId);
      const odd = [numbers, '{"2":"b","10":"a"}', '{"10":"a","2":"b"}', '{ "é\u007f" : [1.0, 1e2, 5e-324] }', 'null'];
      for (const payload of odd) {
        const asked = client.request(inbox, sender.sign(to(peer, { kind: 'request' }), payload), 20_000);
        const { json } = await judge.comes('auth.message.numbers', 'a reply', asked);
        judge.matches('auth.message.numbers', json, { kind: 'reply', payload: 'ok' }, `the answer to ${payload}`);
      }
      const { public_key } = await client.ask('resolve_key', { account_id: peer.accountId });
      for (const payload_text of [numbers, '{"2":"b","10":"a","z":-0.0,"big":1e21,"small":1e-7,"t":"é\u2028"}']) {
        const sending = peer.send({ to: sender.accountId, payload_text });
        const { json, text } = await sender.inbox.next();
        sender.acknowledge(json);
        await sending;
        const rule = payload_text === numbers ? 'auth.canonical-json' : 'auth.message.integer-keys';
        judge.holds(rule, isSignedBy(public_key, text), 'a signature over the text it sent', text);
      }
      const message = to(peer, { from: sender.accountId, payload: 'legacy' });
      const legacy = signMessage(sender.pair, message, { legacy: true });
      const reply = await judge.comes('auth.message.legacy', 'a reply', client.request(inbox, legacy, 20_000));
      judge.matches('auth.message.legacy', reply.json, { kind: 'reply' }, 'a message signed with twelve claims');
    },
  ),
  agentScenario(
    facts({
      id: 'auth.audience',
      title: 'given messages signed for others, when they are replayed to an agent, then only what it offers is taken',
      cases: ['A-11'],
      rules: ['auth.message.audience'],
    }),
    async (stage) => {
      const { judge, client } = stage;
      const capability = stage.name('calc');
      const { peer: bob, sender } = await signing(stage, { capabilities: [capability] });
      const { peer: carol } = await signing(stage);
      const forBob = sender.sign(to(bob));
      client.publish(subjects.accountInbox(bob.accountId), forBob);
      await judge.comes('auth.message.audience', 'the message at its addressee', bob.receives(1));
      const forCalculators = sender.sign(aMessage({ to_agent: `capability:${capability}` }));
      for (const text of [forBob, forCalculators]) {
        const refusal = await judge.comes('auth.message.audience', 'an error reply', refusalOf(stage, carol, text));
        judge.equal(
          'auth.message.audience',
          refusal,
          refused('auth_recipient_mismatch'),
          'a message signed for others',
        );
      }
      client.publish(subjects.capability(capability), forCalculators);
      await judge.comes('auth.message.audience', 'a message to what it offers', bob.receives(2));
      judge.equal('auth.message.audience', carol.received.length, 0, 'messages at the other agent');
    },
  ),
  agentScenario(
    facts({
      id: 'auth.forged',
      title: 'given a request, when forged replies come before the genuine one, then they are ignored',
      cases: ['A-12'],
      rules: ['auth.forged', 'auth.v2.reply'],
    }),
    async (stage) => {
      const { client } = stage;
      const { peer, sender: responder } = await signing(stage);
      const mallory = await signer(stage);
      const asking = peer.ask({ to: responder.accountId, payload: 'who?' });
      const { json, reply = '' } = await responder.inbox.next();
      const request = json as SentMessage;
      const answer = (fields: MessageOptions = {}): MessageText =>
        to(peer, { kind: 'reply', parent_message_id: request.message_id, payload: 'EVIL', ...fields });
      const forged = [
        'no JSON',
        JSON.stringify(answer({ from: responder.accountId })),
        mallory.sign(answer()),
        signMessage(mallory.pair, answer({ from: responder.accountId })),
        responder.sign(answer({ parent_message_id: uniqueName('other') })),
        responder.sign(answer({ to_account_id: mallory.accountId })),
      ];
      for (const text of forged) client.publish(reply, text);
      client.publish(reply, responder.sign(answer({ payload: 'genuine' })));
      const told = await asking;
      const payload = told.saw === 'reply' ? told.message.payload : told;
      stage.judge.equal('auth.forged', payload, 'genuine', 'the reply that counts');
      const forgedOnly = peer.ask({ to: responder.accountId, payload: 'who?', timeout_ms: 1_500 });
      const second = await responder.inbox.next();
      responder.acknowledge(second.json);
      const parent_message_id = (second.json as Message).message_id ?? '';
      client.publish(second.reply ?? '', { ...answer({ from: responder.accountId }), parent_message_id });
      stage.judge.equal(
        'auth.forged',
        errorOf(await forgedOnly).code,
        'request_timeout',
        'a request with a forged reply only',
      );
    },
  ),
  agentScenario(
    facts({
      id: 'auth.key-lookups',
      title:
        'given fifty messages of an account without a key, when they arrive, then the registry is asked for it a few times at most',
      cases: ['A-15'],
      rules: ['auth.key-lookup.bounded'],
    }),
    async (stage) => {
      const { judge, client } = stage;
      const { peer, sender } = await signing(stage);
      const junk = makeKeyPair();
      const from = stage.name('acct');
      const lookups = await client.subscribe(subjects.registryResolveKey);
      const inbox = subjects.accountInbox(peer.accountId);
      for (let count = 0; count < 50; count += 1) client.publish(inbox, signMessage(junk, to(peer, { from })));
      client.publish(inbox, sender.sign(to(peer, { payload: 'meanwhile' })));
      await judge.comes('auth.key-lookup.bounded', 'a message of another sender', peer.receives(1));
      const about = lookups.received.filter(({ text }) => text.includes(from)).length;
      judge.holds('auth.key-lookup.bounded', about <= 5, 'at most five questions about one account', about);
      const again = sender.sign(to(peer, { payload: 'again' }));
      client.publish(inbox, again);
      await judge.comes('auth.key-lookup.bounded', 'its next message', peer.receives(2));
    },
  ),
];

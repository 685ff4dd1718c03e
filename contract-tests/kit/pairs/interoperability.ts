import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { limits, type Message } from '@agentnet/protocol';
import { eventually } from '../../harness/eventually.js';
import { type PairStage, pairScenario, type Scenario } from '../core/scenario.js';
import { errorOf, type JoinOptions } from '../peer-process/acting-peer.js';

const numbers = '{"total":224.0,"n":1e+16,"z":-0.0,"nested":[null,true,"é 😀",{"10":1,"2":2}]}';
const story = ['Once ', 'upon ', 'a ', 'time'];

/** Both agents of a pair, without limits on the rate. */
async function both({ asker, answerer }: PairStage, options: JoinOptions = {}, ofBoth: JoinOptions = {}) {
  const join = { rate_limit_per_second: null, ...ofBoth };
  return { asker: await asker(join), answerer: await answerer({ ...join, ...options }) };
}

const payloadsOf = (messages: readonly Message[]): unknown[] => messages.map(({ payload }) => payload);

export const pairScenarios: readonly Scenario[] = [
  pairScenario(
    {
      id: 'pairs.send',
      title:
        'given two agents, when one sends to the other by id and by name, then the sends succeed and the messages arrive whole',
      cases: ['Z-01', 'M-02'],
      rules: ['send.accepted', 'send.target.forms', 'message.payload.any', 'receipt.happy'],
    },
    async (stage) => {
      const { judge } = stage;
      const { asker, answerer } = await both(stage);
      const payloads = [{ text: 'hi' }, null, [1, 'two', { three: [] }], 'é 😀'];
      const targets = [answerer.accountId, `account:${answerer.accountId}`, `@${answerer.username}`, answerer.username];
      for (const [index, to] of targets.entries()) {
        const sent = await asker.send({ to, payload: payloads[index] ?? null });
        judge.matches('send.accepted', sent, { saw: 'sent' }, `a send to ${to}`);
      }
      const received = await judge.comes('receipt.happy', 'four messages', answerer.receives(4));
      judge.equal('message.payload.any', payloadsOf(received), payloads, 'payloads at the other end');
      judge.equal('send.target.forms', new Set(received.map((message) => message.from_account_id)).size, 1, 'senders');
    },
  ),
  pairScenario(
    {
      id: 'pairs.processed',
      title:
        'given a receiver that handles and then fails, when both are sent to until handled, then only the first is a success',
      cases: ['Z-01', 'R-01', 'R-04'],
      rules: ['send.processed', 'receipt.handler-error', 'send.no-false-success'],
      needs: ['processed'],
    },
    async (stage) => {
      const { judge } = stage;
      const { asker, answerer } = await both(stage);
      const send = () => asker.send({ to: answerer.accountId, payload: 1, wait: 'processed' });
      judge.matches('send.processed', await send(), { saw: 'sent' }, 'a send that was handled');
      await answerer.handle({ how: 'fail' });
      const rejected = { code: 'delivery_rejected', remote_code: 'handler_error' };
      judge.matches('receipt.handler-error', await send(), rejected, 'a send whose handler failed');
      await answerer.handle({ how: 'note' });
      judge.matches('send.no-false-success', await send(), { saw: 'sent' }, 'a send after that');
    },
  ),
  pairScenario(
    {
      id: 'pairs.ask',
      title: 'given two agents, when one asks the other, then reply, error reply and silence are what they are',
      cases: ['Z-02', 'M-03', 'R-04'],
      rules: ['request.reply.shape', 'request.error.raised', 'request.both', 'request.timeout'],
    },
    async (stage) => {
      const { judge } = stage;
      const { asker, answerer } = await both(stage, { handle: { how: 'echo' } });
      const ask = (payload_text: string) => asker.ask({ to: answerer.accountId, payload_text });
      const answer = await ask(numbers);
      const told = answer.saw === 'reply' ? answer.message : answer;
      const { kind, payload } = told as Message;
      const expected = { kind: 'reply', payload: JSON.parse(numbers) as unknown };
      judge.equal('request.reply.shape', { kind, payload }, expected, 'the reply of an echo');
      await answerer.handle({ how: 'fail' });
      const failed = errorOf(await ask('"fail"'));
      judge.equal('request.error.raised', failed.code, 'handler_error', 'a request whose handler fails');
      judge.holds('request.both', !JSON.stringify(failed).includes('secret'), 'no text of the exception', failed);
      await answerer.handle({ how: 'note' });
      const silent = errorOf(await asker.ask({ to: answerer.accountId, payload: 1, timeout_ms: 1_500 }));
      judge.equal('request.timeout', silent.code, 'request_timeout', 'a request nobody answers');
    },
  ),
  pairScenario(
    {
      id: 'pairs.capability',
      title: 'given an agent with a capability, when the other asks by capability, then it is answered',
      cases: ['Z-03', 'M-04'],
      rules: ['capability.request', 'capability.envelope'],
      needs: ['capabilities'],
    },
    async (stage) => {
      const capability = `mesh.${stage.name('calc')}`;
      const { asker, answerer } = await both(stage, { capabilities: [capability], handle: { how: 'echo' } });
      const answer = await asker.ask({ capability, payload: { add: [1, 2] } });
      const payload = answer.saw === 'reply' ? answer.message.payload : answer;
      stage.judge.equal('capability.request', payload, { add: [1, 2] }, 'the reply of an echo');
      const [request] = answerer.received;
      stage.judge.equal(
        'capability.envelope',
        request?.to_agent,
        `capability:${capability}`,
        'to_agent of the request',
      );
    },
  ),
  pairScenario(
    {
      id: 'pairs.streams',
      title: 'given two agents, when one streams and is asked for a stream, then the other has the whole text',
      cases: ['X-01', 'X-04', 'X-05'],
      rules: ['stream.events', 'stream.reassembly', 'stream.ask.inbox', 'stream.reply.final', 'stream.throughput'],
      needs: ['streams'],
    },
    async (stage) => {
      const { judge } = stage;
      const { asker, answerer } = await both(stage, { join_streams: true, handle: { how: 'stream', pieces: story } });
      const pieces = Array.from({ length: 200 }, (_, index) => `piece ${index}\n`);
      const sent = await asker.stream({ to: answerer.accountId, pieces });
      judge.matches('stream.events', sent, { saw: 'done' }, 'how the streaming ends');
      const streamed = await judge.comes('stream.throughput', 'the whole stream', answerer.observes('streamed'));
      judge.equal('stream.reassembly', streamed.text, pieces.join(''), 'the text of the stream');
      const asked = await asker.askStream({ to: answerer.accountId, payload: 'a story, please' });
      judge.matches('stream.ask.inbox', asked.end, { saw: 'answer', text: story.join('') }, 'the streamed answer');
      judge.equal('stream.ask.inbox', asked.pieces.join(''), story.join(''), 'its pieces');
      const plain = await asker.ask({ to: answerer.accountId, payload: 'a story, please' });
      const payload = plain.saw === 'reply' ? plain.message.payload : plain;
      judge.matches(
        'stream.reply.final',
        payload as object,
        { type: 'stream_end', text: story.join('') },
        'the plain reply',
      );
    },
  ),
  pairScenario(
    {
      id: 'pairs.blobs',
      title: 'given a blob of one agent on the network, when its reference is sent, then the other reads the bytes',
      cases: ['B-01'],
      rules: ['blob.reference', 'blob.network'],
      needs: ['blobs'],
    },
    async (stage) => {
      const root = await mkdtemp(join(tmpdir(), 'agentnet-kit-pair-'));
      stage.defer(() => rm(root, { recursive: true, force: true }));
      const { asker, answerer } = await both(stage, { blob_root: join(root, 'two') }, { blob_root: join(root, 'one') });
      const bytes = Buffer.from('Grüße').toString('base64');
      const put = await asker.putBlob({ bytes, mime_type: 'text/plain', storage: 'nats_object' });
      stage.judge.matches('blob.reference', put, { saw: 'blob' }, 'putting a blob');
      if (put.saw !== 'blob') return;
      await asker.send({ to: answerer.accountId, payload: put.reference });
      const [message] = await answerer.receives(1);
      const got = await answerer.getBlob(message?.payload as typeof put.reference);
      stage.judge.matches('blob.network', got, { saw: 'bytes', bytes }, 'the bytes at the other end');
    },
  ),
  pairScenario(
    {
      id: 'pairs.signed',
      title: 'given two signing agents, when they exchange payloads a language would rewrite, then all verify',
      cases: ['Z-05', 'A-08'],
      rules: ['auth.message.claims', 'auth.message.numbers', 'auth.register.ok', 'auth.v2.signed', 'auth.v2.v1-peers'],
      network: 'signed',
      needs: ['signing'],
    },
    async (stage) => {
      const { judge } = stage;
      const key_dir = await mkdtemp(join(tmpdir(), 'agentnet-kit-keys-'));
      stage.defer(() => rm(key_dir, { recursive: true, force: true }));
      const { asker, answerer } = await both(stage, { handle: { how: 'echo' } }, { key_dir });
      for (const payload_text of [numbers, '{"n":12345678901234567890}', '{"2":"b","10":"a"}', '[1.0,1e2]']) {
        const answer = await asker.ask({ to: answerer.accountId, payload_text });
        judge.matches('auth.message.numbers', answer, { saw: 'reply' }, `the answer to ${payload_text}`);
      }
      const sent = await asker.send({ to: answerer.accountId, payload_text: numbers, wait: 'processed' });
      judge.matches('auth.message.claims', sent, { saw: 'sent' }, 'a signed send until handled');
    },
  ),
  pairScenario(
    {
      id: 'pairs.replicas',
      title:
        'given two sessions of one account, one of each implementation, when keyed messages come twice, then each is handled once',
      cases: ['G-11', 'M-05'],
      rules: ['inbox.duplicate.replicas', 'inbox.duplicate.shared', 'inbox.group'],
      needs: ['idempotency'],
    },
    async (stage) => {
      const username = stage.name('twins');
      const { asker, answerer } = await both(stage, {}, { username });
      const sender = await stage.asker({ rate_limit_per_second: null });
      const keys = Array.from({ length: 10 }, () => stage.name('key'));
      const handled = () => [...asker.received, ...answerer.received].map(({ idempotency_key }) => idempotency_key);
      for (const idempotency_key of keys)
        for (const payload of [1, 1]) await sender.send({ to: asker.accountId, payload, idempotency_key });
      await eventually(() => handled().length >= keys.length, { timeoutMs: 20_000 });
      for (const twin of [asker, answerer]) await twin.sync();
      stage.judge.equal('inbox.duplicate.replicas', handled().sort(), [...keys].sort(), 'keys that were handled');
    },
  ),
  pairScenario(
    {
      id: 'pairs.crash',
      title:
        'given a receiver that dies, when it is asked, then the request fails and its account comes back with the next session',
      cases: ['P-03', 'M-11'],
      rules: ['request.timeout', 'identity.register.stable'],
    },
    async (stage) => {
      const { judge } = stage;
      const username = stage.name('mortal');
      const { asker, answerer } = await both(stage, { username, handle: { how: 'echo' } });
      await answerer.crash();
      const dead = asker.ask({ to: answerer.accountId, payload: 1, timeout_ms: 3_000 });
      const codes = ['recipient_offline', 'request_timeout'];
      const { code } = errorOf(await dead);
      judge.holds('request.timeout', codes.includes(code), `one of ${codes.join(', ')}`, code);
      const again = await stage.answerer({ username, handle: { how: 'echo' } });
      judge.equal('identity.register.stable', again.accountId, answerer.accountId, 'the account of the next session');
      const answer = await asker.ask({ to: `@${username}`, payload: 2, timeout_ms: limits.requestTimeoutMs * 4 });
      judge.matches('request.reply.shape', answer, { saw: 'reply' }, 'a request to the next session');
    },
  ),
];

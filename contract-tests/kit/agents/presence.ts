import { type Hello, operations, subjects } from '@agentnet/protocol';
import { eventually } from '../../harness/eventually.js';
import { aMessage } from '../../harness/message-builder.js';
import type { Frame } from '../../harness/raw-subscription.js';
import { type AgentStage, agentScenario, clientScenario, type Scenario } from '../core/scenario.js';
import { type ActingPeer, errorOf } from '../peer-process/acting-peer.js';

const helloKeys = [
  'account_id',
  'agent_id',
  'capabilities',
  'last_seen',
  'metadata',
  'name',
  'session_tag',
  'username',
];

export const presenceScenarios: readonly Scenario[] = [
  clientScenario(
    {
      id: 'presence.agent-heartbeat',
      title:
        'given an interval of one second, when an agent starts, then it says hello at once and then once per interval',
      cases: ['P-06'],
      rules: ['presence.heartbeat.first', 'presence.heartbeat.interval', 'presence.heartbeat.fields'],
    },
    async (stage) => {
      const { judge } = stage;
      const hellos = await stage.client.subscribe(operations.hello.subject);
      const peer = await stage.peer({ metadata: { team: 'ops' } });
      const where = ({ json }: Frame) => (json as Hello).session_tag === peer.sessionTag;
      const first = await judge.comes('presence.heartbeat.first', 'a hello', hellos.next({ where, timeoutMs: 900 }));
      judge.equal(
        'presence.heartbeat.fields',
        Object.keys(first.json as object).sort(),
        helloKeys,
        'the fields of a hello',
      );
      const facts = { account_id: peer.accountId, username: peer.username, metadata: { team: 'ops' } };
      judge.matches('presence.heartbeat.fields', first.json, facts, 'a hello');
      const rule = 'presence.heartbeat.interval';
      const next = () => judge.comes(rule, 'one hello per interval', hellos.next({ where, timeoutMs: 10_000 }));
      const [, , third] = [await next(), await next(), await next()];
      const tookMs = third.heardAtMs - first.heardAtMs;
      // Faster than agreed is as wrong as slower; a busy machine can only make it slower.
      judge.holds(rule, tookMs > 2_000, 'three intervals of one second', tookMs);
    },
  ),
  clientScenario(
    {
      id: 'presence.agent-goodbye',
      title: 'given an agent that has joined, when it leaves, then it says goodbye before it disconnects and is gone',
      cases: ['P-07'],
      rules: ['presence.goodbye.sent'],
    },
    async (stage) => {
      const goodbyes = await stage.client.subscribe(operations.goodbye.subject);
      const peer = await stage.peer();
      await peer.leave();
      const where = ({ json }: Frame) => (json as Hello).session_tag === peer.sessionTag;
      const { json } = await stage.judge.comes(
        'presence.goodbye.sent',
        'a goodbye',
        goodbyes.next({ where, timeoutMs: 5_000 }),
      );
      const fields = Object.keys(json as object).filter((name) =>
        ['session_tag', 'agent_id', 'seen_at'].includes(name),
      );
      stage.judge.equal('presence.goodbye.sent', fields.sort(), ['agent_id', 'seen_at', 'session_tag'], 'its fields');
    },
  ),
  clientScenario(
    {
      id: 'presence.online',
      title: 'given an agent that joined with facts, when the registry is asked, then it shows them',
      cases: ['P-01', 'S-08'],
      rules: ['presence.list.row', 'discovery.types'],
    },
    async (stage) => {
      const capabilities = [`mesh.${stage.name('calc')}`];
      const metadata = { nested: { list: [1, 'two', null] } };
      const peer = await stage.peer({ name: 'Ann', capabilities, metadata });
      const { profile } = await stage.client.ask('profile', { account_id: peer.accountId });
      const facts = { display_name: 'Ann', capabilities, metadata, online: true };
      stage.judge.matches('discovery.types', profile, facts, 'the profile');
      const found = await stage.client.ask('resolve_account', { username: peer.username });
      stage.judge.equal('presence.list.row', found.account_id, peer.accountId, 'the account of the username');
    },
  ),
  clientScenario(
    {
      id: 'capability.served',
      title:
        'given an agent with a capability, when it is asked by capability, then it handles the request once and replies',
      cases: ['M-04'],
      rules: [
        'capability.request',
        'capability.envelope',
        'capability.gates',
        'capability.subscribe',
        'subject.capability.group',
      ],
      needs: ['capabilities'],
    },
    async (stage) => {
      const { judge, client } = stage;
      const capability = `mesh.${stage.name('calc')}`;
      const subject = subjects.capability(capability);
      const heard = await client.subscribe(subject);
      const handle = { how: 'reply', payload: { sum: 3 } } as const;
      const peer = await stage.peer({ capabilities: [capability], handle, rate_limit_per_second: null });
      const [asker, requester] = [await stage.peer(), await stage.account()];
      const answer = await asker.ask({ capability, payload: { add: [1, 2] } });
      const told = answer.saw === 'reply' ? answer.message.payload : answer;
      judge.equal('capability.request', told, { sum: 3 }, 'the reply');
      const { json } = await heard.next();
      judge.matches(
        'capability.envelope',
        json,
        { to_agent: `capability:${capability}`, kind: 'request' },
        'the envelope',
      );
      judge.holds('capability.envelope', !('to_account_id' in (json as object)), 'no to_account_id', json);
      const raw = aMessage({ from: requester.accountId, to_agent: `capability:${capability}`, kind: 'request' });
      const reply = await judge.comes('capability.subscribe', 'a reply', client.request(subject, raw, 20_000));
      judge.matches(
        'capability.gates',
        reply.json,
        { payload: { sum: 3 }, from_account_id: peer.accountId },
        'the reply',
      );
      const receipt = await judge.comes('capability.gates', 'a receipt', requester.receipts.next());
      const accepted = { status: 'accepted', from_account_id: peer.accountId };
      judge.matches('capability.gates', receipt.json, accepted, 'the receipt of the member that took it');
      const old = aMessage({ from: requester.accountId, to_agent: `capability:${capability}`, sentInMs: -60_000 });
      const refused = await judge.comes('capability.gates', 'an error reply', client.request(subject, old, 20_000));
      judge.matches(
        'capability.gates',
        refused.json,
        { payload: { error: 'expired' } },
        'an expired capability message',
      );
      await sharesGroup(stage, capability, peer);
    },
  ),
  clientScenario(
    {
      id: 'capability.name',
      title:
        'given capability names outside the grammar, when an agent is to use them, then it refuses before any subject is touched',
      cases: ['I-08'],
      rules: ['capability.name'],
      needs: ['capabilities'],
    },
    async (stage) => {
      const peer = await stage.peer();
      for (const capability of ['', '*', '>', 'a..b', 'a b', 'a.b.c.d.e.f.g.h.i']) {
        const { code } = errorOf(await peer.ask({ capability: capability || ' ', payload: 1 }));
        stage.judge.equal('capability.name', code, 'invalid_target', `a request to capability "${capability}"`);
      }
    },
  ),
  agentScenario(
    {
      id: 'asking.absent',
      title:
        'given a network on which nothing records, when an absent account and capability are asked, then it fails at once',
      cases: ['M-11'],
      rules: ['request.absent'],
      network: 'bare',
      needs: ['capabilities'],
    },
    async (stage) => {
      const peer = await stage.peer();
      for (const target of [{ to: 'acct_nobody' }, { capability: 'nothing.here' }]) {
        const { code } = errorOf(await peer.ask({ ...target, payload: 1, timeout_ms: 30_000 }));
        stage.judge.equal('request.absent', code, 'recipient_offline', `a request to ${JSON.stringify(target)}`);
      }
    },
  ),
  clientScenario(
    {
      id: 'asking.absent.recorded',
      title:
        'given an account without a session, when an agent asks it, then the request fails long before its timeout',
      cases: ['M-11'],
      rules: ['request.absent.recorded'],
    },
    async (stage) => {
      const peer = await stage.peer();
      const { code } = errorOf(await peer.ask({ to: `acct_${stage.name('nobody')}`, payload: 1, timeout_ms: 50_000 }));
      stage.judge.equal(
        'request.absent.recorded',
        code,
        'recipient_offline',
        'a request to an account without a session',
      );
    },
  ),
  agentScenario(
    {
      id: 'asking.timeout',
      title:
        'given a responder that is there and silent, when its time is up, then the request fails and was published once',
      cases: [],
      rules: ['request.timeout', 'request.kind'],
    },
    async (stage) => {
      const [responder, peer] = [await stage.account(), await stage.peer()];
      const asking = peer.ask({ to: responder.accountId, payload: 1, timeout_ms: 1_500 });
      const { json } = await responder.inbox.next();
      responder.acknowledge(json);
      stage.judge.equal('request.timeout', errorOf(await asking).code, 'request_timeout', 'how the request ends');
      stage.judge.equal('request.kind', responder.inbox.received.length, 1, 'publishes');
    },
  ),
  agentScenario(
    {
      id: 'asking.error-reply',
      title:
        'given error replies with known and unknown codes, when an agent asks, then it reports them as typed errors',
      cases: ['R-04'],
      rules: ['request.error.raised'],
    },
    async (stage) => {
      const [responder, peer] = [await stage.account(), await stage.peer()];
      for (const [error, code] of [
        ['busy', 'busy'],
        ['novel_code', 'remote_error'],
      ]) {
        const asking = peer.ask({ to: responder.accountId, payload: 1 });
        const { json, reply = '' } = await responder.inbox.next();
        const { message_id, trace_id } = json as { message_id: string; trace_id: string };
        const payload = {
          error: error ?? '',
          detail: 'as the responder says',
          request_message_id: message_id,
          trace_id,
        };
        const answer = aMessage({ from: responder.accountId, to: peer.accountId, kind: 'error', payload });
        stage.client.publish(reply, { ...answer, parent_message_id: message_id });
        stage.judge.equal('request.error.raised', errorOf(await asking).code, code, `an error reply "${error}"`);
      }
    },
  ),
];

/** A raw member of the capability's group gets its share, and the agent none of that, so the agent is in the group. */
async function sharesGroup(stage: AgentStage, capability: string, peer: ActingPeer): Promise<void> {
  const subject = subjects.capability(capability);
  const member = await stage.client.subscribe(subject, { queue: `agentnet-capability-${capability}` });
  const before = peer.received.length;
  for (let count = 0; count < 8; count += 1)
    stage.client.publish(subject, aMessage({ to_agent: `capability:${capability}` }));
  const atAgent = () => peer.received.length - before;
  const all = eventually(() => atAgent() + member.received.length >= 8, { timeoutMs: 20_000 });
  await stage.judge.comes('subject.capability.group', 'eight messages, each at one member', all);
  const marker = aMessage({ to: peer.accountId, payload: 'marker' });
  stage.client.publish(subjects.accountInbox(peer.accountId), marker);
  await peer.observes('received', ({ message }) => message.message_id === marker.message_id);
  const told = { agent: atAgent() - 1, member: member.received.length };
  stage.judge.equal('subject.capability.group', told.agent + told.member, 8, 'deliveries of eight messages');
  stage.judge.holds('subject.capability.group', told.member > 0, 'a share for another member of the group', told);
}

import { errorCodes, limits, type Message, subjects } from '@agentnet/protocol';
import { eventually } from '../../harness/eventually.js';
import { aMessage, withPayloadText } from '../../harness/message-builder.js';
import { agentScenario, type Scenario } from '../core/scenario.js';
import { facing, payloadOf, unlimited } from './facing.js';

/** A message as wire text of exactly that many bytes. */
function sized(message: Message, bytes: number): string {
  const rest = Buffer.byteLength(withPayloadText(message, '""'));
  return withPayloadText(message, `"${'x'.repeat(bytes - rest)}"`);
}

/** Who gets what arrives. */
export const inboxScenarios: readonly Scenario[] = [
  agentScenario(
    {
      id: 'reading.size',
      title:
        'given bodies around the size limit, when they arrive, then the limit itself is handled and more is refused by name',
      cases: ['G-09', 'M-12'],
      rules: ['message.size.boundary', 'message.size.reply'],
    },
    async (stage) => {
      const { peer, message, ask } = await facing(stage, { ...unlimited, handle: { how: 'reply', payload: 'ok' } });
      const fits = await stage.judge.comes(
        'message.size.boundary',
        'a reply',
        ask(sized(message(), limits.messageMaxBytes)),
      );
      stage.judge.equal('message.size.boundary', payloadOf(fits), 'ok', 'the answer to a body of the limit');
      const exceeds = ask(sized(message(), limits.messageMaxBytes + 1));
      const refused = await stage.judge.comes('message.size.reply', 'an error reply to a body over the limit', exceeds);
      const { detail } = errorCodes.payload_too_large;
      stage.judge.matches(
        'message.size.reply',
        payloadOf(refused),
        { error: 'payload_too_large', detail },
        'the error reply',
      );
      await peer.sync();
      stage.judge.equal('message.size.boundary', peer.received.length, 1, 'messages at the handler');
    },
  ),
  agentScenario(
    {
      id: 'reading.group',
      title:
        'given two sessions and a raw member of their group, when 30 messages arrive, then each goes to one of them',
      cases: ['M-05'],
      rules: ['inbox.group', 'subject.inbox.group'],
    },
    async (stage) => {
      const username = stage.name('twins');
      const twins = [await stage.peer({ ...unlimited, username }), await stage.peer({ ...unlimited, username })];
      const accountId = twins[0]?.accountId ?? '';
      const inbox = subjects.accountInbox(accountId);
      const member = await stage.client.subscribe(inbox, { queue: `agentnet-account-${accountId}` });
      const sent = Array.from({ length: 30 }, () => aMessage({ to: accountId }));
      for (const message of sent) stage.client.publish(inbox, message);
      const [first, second] = twins;
      const count = () => (first?.received.length ?? 0) + (second?.received.length ?? 0);
      await stage.judge.comes(
        'inbox.group',
        'each message at one of them',
        eventually(() => count() + member.received.length >= 30),
      );
      const handled = twins.flatMap((twin) => twin.received.map(({ message_id }) => message_id));
      const taken = member.received.map(({ json }) => (json as Message).message_id);
      const all = sent.map(({ message_id }) => message_id).sort();
      stage.judge.equal('inbox.group', [...handled, ...taken].sort(), all, 'messages handled, each once');
      const shares = [first?.received.length, second?.received.length, member.received.length];
      stage.judge.holds('subject.inbox.group', !shares.includes(0), 'a share for each of three members', shares);
    },
  ),
  agentScenario(
    {
      id: 'reading.no-handler',
      title: 'given an agent without a handler, when it has joined, then nobody listens on its inbox',
      cases: [],
      rules: ['inbox.no-handler'],
      network: 'bare',
    },
    async (stage) => {
      const peer = await stage.peer({ handle: null });
      const asked = stage.client.request(
        subjects.accountInbox(peer.accountId),
        aMessage({ to: peer.accountId }),
        5_000,
      );
      const error = await asked.then(
        ({ text }) => `an answer: ${text}`,
        (cause: unknown) => String(cause),
      );
      stage.judge.holds('inbox.no-handler', /no responders/i.test(error), 'no responders on its inbox', error);
    },
  ),
  agentScenario(
    {
      id: 'reading.ready',
      title: 'given an agent that has just joined, when a message comes at that instant, then it is not lost',
      cases: ['M-13'],
      rules: ['inbox.ready'],
    },
    async (stage) => {
      for (let round = 0; round < 5; round += 1) {
        const peer = await stage.peer();
        stage.client.publish(subjects.accountInbox(peer.accountId), aMessage({ to: peer.accountId }));
        await stage.judge.comes('inbox.ready', 'a message sent at the instant of joining', peer.receives(1, 10_000));
        await peer.leave();
      }
    },
  ),
];

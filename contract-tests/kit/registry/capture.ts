import { subjects } from '@agentnet/protocol';
import { eventually } from '../../harness/eventually.js';
import { aMessage, withPayloadText } from '../../harness/message-builder.js';
import { idsOf, messagesOf } from '../../harness/thread.js';
import { registryScenario, type Scenario } from '../core/scenario.js';
import { ask, refused } from './asking.js';
import { readPages, recorded } from './recording.js';

const replies = registryScenario(
  {
    id: 'history.replies',
    title:
      'given a request to an account and one to a dotted capability, when the first is answered, then requests and reply are in the thread and nobody else answers',
    cases: ['T-10', 'T-18'],
    rules: ['history.replies', 'history.dotted', 'subject.history.no-ack'],
  },
  async (stage) => {
    const { client, judge } = stage;
    const answerer = await stage.account();
    const thread_id = stage.name('thread');
    const reply = `_INBOX.agentnet.${stage.name()}.${stage.name()}`;
    const heard = await client.subscribe(reply);
    const request = aMessage({ from: stage.name('asker'), to: answerer.accountId, kind: 'request', thread_id });
    client.publish(subjects.accountInbox(answerer.accountId), request, { reply });
    await answerer.inbox.next();
    const answer = aMessage({
      from: answerer.accountId,
      kind: 'reply',
      thread_id,
      parent_message_id: request.message_id,
    });
    client.publish(reply, answer);
    const dotted = aMessage({ to_agent: 'capability:mesh.agent', kind: 'request', thread_id });
    client.publish(subjects.capability('mesh.agent'), dotted);
    const kinds = async () => (await client.ask('thread_messages', { thread_id })).messages;
    const all = eventually(kinds, { until: (found) => found.length >= 3, timeoutMs: 20_000, what: 'three messages' });
    const found = idsOf(await judge.comes('history.replies', 'requests and reply on record', all));
    judge.holds(
      'history.replies',
      found.includes(request.message_id) && found.includes(answer.message_id),
      'request and reply',
      found,
    );
    judge.holds('history.dotted', found.includes(dotted.message_id), 'the request to the dotted capability', found);
    judge.equal(
      'subject.history.no-ack',
      heard.received.length,
      1,
      'answers on the reply inbox, the scenario’s own only',
    );
  },
);

const poison = registryScenario(
  {
    id: 'history.poison',
    title: 'given messages no database can store as they are, when normal ones follow, then those are recorded',
    cases: ['T-14'],
    rules: ['history.poison', 'limits.harmless', 'limits.text'],
  },
  async (stage) => {
    const { client } = stage;
    const [thread_id, bob] = [stage.name('thread'), stage.name('bob')];
    const inbox = subjects.accountInbox(bob);
    client.publish(inbox, aMessage({ thread_id: `${thread_id}\u0000` }));
    client.publish(inbox, aMessage({ thread_id: `${thread_id}\ud800` }));
    client.publish(inbox, aMessage({ message_id: 'a\u0000b', thread_id }));
    for (const text of ['"\\u0000"', '"\\ud800"', '{"\\u0000":1}', '1e999', '9'.repeat(5000)])
      client.publish(inbox, withPayloadText(aMessage({ thread_id }), text));
    for (const broken of ['{bad', '[1]', new Uint8Array([0xff, 0xfe])]) client.publish(inbox, broken);
    const [normal = {}] = messagesOf(thread_id, [{ to: bob }]);
    client.publish(inbox, normal);
    await recorded(stage, 'history.poison', { thread_id, last: normal.message_id ?? '' });
    for (const operation of ['thread_status', 'thread_messages'] as const)
      await refused(stage, 'limits.text', [operation, { thread_id: 'a\u0000' }, { code: 'bad_request' }]);
  },
);

const firstWins = registryScenario(
  {
    id: 'history.first-wins',
    title: 'given a recorded message, when its id comes again with other content, then the first content stays alone',
    cases: ['T-16'],
    rules: ['history.first-wins', 'history.first-wins.thread'],
  },
  async (stage) => {
    const { client } = stage;
    const [thread_id, other] = [stage.name('thread'), stage.name('other')];
    const [first = {}, marker = {}] = messagesOf(thread_id, [{ payload: 'first' }, { payload: 'marker' }]);
    await recorded(stage, 'history.first-wins', { thread_id, messages: [first] });
    const inbox = subjects.accountInbox('acct_bob');
    client.publish(inbox, { ...first, payload: 'TAMPERED' });
    client.publish(inbox, { ...first, thread_id: other, payload: 'TAMPERED' });
    client.publish(inbox, marker);
    await recorded(stage, 'history.first-wins', { thread_id, last: marker.message_id ?? '' });
    const { messages } = await ask(stage, 'history.first-wins', ['thread_messages', { thread_id }]);
    const kept = messages.filter(({ message_id }) => message_id === first.message_id).map(({ payload }) => payload);
    stage.judge.equal('history.first-wins', kept, ['first'], 'the content of that id');
    await refused(stage, 'history.first-wins.thread', ['thread_status', { thread_id: other }, { code: 'not_found' }]);
    const status = await ask(stage, 'history.first-wins.thread', ['thread_status', { thread_id }]);
    stage.judge.equal('history.first-wins.thread', status.message_count, 2, 'messages counted');
  },
);

const large = registryScenario(
  {
    id: 'history.large-page',
    title: 'given six payloads of 200 kB, when fifty messages are asked for, then smaller pages give all of them',
    cases: ['T-17'],
    rules: ['history.large-page', 'rpc.page.bytes', 'rpc.reply.size'],
  },
  async (stage) => {
    const thread_id = stage.name('thread');
    const payload = 'x'.repeat(200_000);
    const sent = messagesOf(
      thread_id,
      Array.from({ length: 6 }, (_, index) => ({ payload, sentInMs: index })),
    );
    await recorded(stage, 'history.large-page', { thread_id, messages: sent });
    const { pages, rows: read } = await readPages(stage, 'history.large-page', { id: thread_id, limit: 50 });
    stage.judge.holds('rpc.page.bytes', pages > 1, 'more than one page', pages);
    stage.judge.equal('history.large-page', idsOf(read), idsOf(sent).reverse(), 'every message once');
  },
);

/** What comes into the history, and how much of it goes into one page. */
export const captureScenarios: readonly Scenario[] = [replies, poison, firstWins, large];

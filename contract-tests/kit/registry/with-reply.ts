import { type Feature, subjects } from '@agentnet/protocol';
import { eventually } from '../../harness/eventually.js';
import { aMessage, type MessageOptions } from '../../harness/message-builder.js';
import { registryScenario, type Scenario } from '../core/scenario.js';
import { ask, register } from './asking.js';
import { recorded } from './recording.js';

const receiptsWithReply: Feature = 'receipts_with_reply';
const stands = { parent_status: 'processed' };

const features = registryScenario(
  {
    id: 'identity.features',
    title: 'given features that are known and unknown, when agents ask for them, then each is told those there are',
    cases: [],
    rules: ['identity.register.features'],
  },
  async (stage) => {
    const rule = 'identity.register.features';
    const told = async (asked: Record<string, unknown>) => {
      const { features: offered } = await register(stage, rule, { agent_id: stage.name(), ...asked });
      return offered;
    };
    stage.judge.equal(rule, await told({}), undefined, 'the features when none was asked for');
    const nothing = [null, [], ['telepathy']];
    for (const asked of nothing)
      stage.judge.equal(rule, await told({ features: asked }), undefined, `the features of ${JSON.stringify(asked)}`);
    for (const asked of [[receiptsWithReply], ['telepathy', receiptsWithReply]])
      stage.judge.equal(
        rule,
        await told({ features: asked }),
        [receiptsWithReply],
        `the features of ${asked.join(' ')}`,
      );
  },
);

const history = registryScenario(
  {
    id: 'history.with-reply',
    title:
      'given requests and replies that stand for receipts, when they are read, then only the word of their addressee counts',
    cases: [],
    rules: ['history.receipts.with-reply'],
  },
  async (stage) => {
    const { client, judge } = stage;
    const rule = 'history.receipts.with-reply';
    const [thread_id, asker, answerer] = [stage.name('thread'), stage.name('asker'), stage.name('answerer')];
    const requests = Array.from({ length: 6 }, (_, index) =>
      aMessage({ from: asker, to: answerer, kind: 'request', thread_id, receipts: 'with_reply', sentInMs: index }),
    );
    const reply = (index: number, fields: MessageOptions): void => {
      const { message_id: parent_message_id = '' } = requests[index] ?? {};
      const message = aMessage({ from: answerer, to: asker, kind: 'reply', thread_id, parent_message_id, ...fields });
      client.publish(subjects.replyInbox(stage.name('session'), stage.name('token')), message);
    };
    await recorded(stage, rule, { thread_id, messages: requests });
    const nothings: MessageOptions[] = [
      {},
      { parent_status: 'accepted' },
      { parent_status: ['processed'] },
      { ...stands, kind: 'error' },
      { ...stands, from: stage.name('stranger') },
    ];
    for (const [index, fields] of nothings.entries()) reply(index, fields);
    const last = nothings.length;
    reply(last, stands);
    const rows = async () =>
      (await ask(stage, rule, ['thread_messages', { thread_id }])).messages.filter(({ kind }) => kind === 'request');
    const rowOf = async (index: number) =>
      (await rows()).find(({ message_id }) => message_id === requests[index]?.message_id);
    const ended = eventually(() => rowOf(last), { until: (row) => row?.status === 'processed', timeoutMs: 20_000 });
    const row = await judge.comes(rule, 'the request as processed', ended);
    judge.holds(rule, Boolean(row?.accepted_at && row.processed_at), 'the times of both receipts', row);
    for (const [index, fields] of nothings.entries())
      judge.equal(
        rule,
        (await rowOf(index))?.status,
        'received',
        `the request whose reply has ${JSON.stringify(fields)}`,
      );
  },
);

/** Replies that stand for the receipts of their requests. */
export const withReplyRegistryScenarios: readonly Scenario[] = [features, history];

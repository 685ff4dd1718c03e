import { subjects } from '@agentnet/protocol';
import { beforeAll, expect } from 'vitest';
import {
  aMessage,
  eventuallyEqual,
  idsOf,
  onEachDeployment,
  type RawClient,
  record,
  rule,
  uniqueName,
  useNetwork,
} from '../harness/index.js';

onEachDeployment('message search', (database) => {
  const network = useNetwork(database);
  const [a, b, c] = [uniqueName('a'), uniqueName('b'), uniqueName('c')];
  const thread_id = uniqueName('thread');
  const said = (from_account_id: string, to_account_id: string, fields: object) =>
    aMessage({ thread_id, from_account_id, to_account_id, ...fields });
  const sent = [
    said(a, b, { sent_at: '2026-01-01T00:00:01Z', payload: { text: 'The CAFÉ opens at nine' } }),
    said(b, a, { sent_at: '2026-01-01T00:00:02Z', payload: ['cafe', { deep: 'Nine o’clock' }], trace_id: thread_id }),
    said(a, c, { sent_at: '2026-01-01T00:00:03Z', payload: { nine: 9, note: 'cafeteria' } }),
    said(a, a, { sent_at: '9999-01-01T00:00:00Z', payload: 'nine' }),
  ];
  const ask = (client: RawClient, filter: object) => client.ask('message_search', { thread_id, ...filter });
  const found = async (filter: object) => {
    const { messages } = await ask(network().client, filter);
    return idsOf(messages).map((id) => idsOf(sent).indexOf(id));
  };

  beforeAll(() => record(network().client, sent));

  rule(
    ['history.search.words', 'history.search.words.none'],
    'given messages of several words, when words are searched, then whole words match in any order, case and accent',
    async () => {
      expect(await found({ text: 'cafe' })).toEqual([1, 0]);
      expect(await found({ text: 'nine CAFÉ' })).toEqual([1, 0]);
      expect(await found({ text: 'nine' })).toEqual([3, 1, 0]);
      expect(await found({ text: 'cafeter' })).toEqual([]);
      expect(await found({ text: '  ' })).toEqual([3, 2, 1, 0]);
      expect(await network().client.rpc('message_search', { text: '%_' })).toMatchObject({ code: 'bad_request' });
    },
  );

  rule(
    ['history.search.participant'],
    'given messages of three accounts, when one is searched at either end, then each of its messages comes once',
    async () => {
      expect(await found({ participant_account_id: a })).toEqual([3, 2, 1, 0]);
      expect(await found({ participant_account_id: b })).toEqual([1, 0]);
      expect(await found({ participant_account_id: c, text: 'nine' })).toEqual([]);
      expect(await found({ trace_id: thread_id })).toEqual([1]);
    },
  );

  rule(
    ['history.search.received'],
    'given a message dated 9999, when a time of receipt is searched, then the date it claims decides nothing',
    async () => {
      const { messages } = await ask(network().client, { text: 'nine', participant_account_id: a });
      const forged = messages[0]?.received_at;
      expect(await found({ received_from_ts: '9998-01-01' })).toEqual([]);
      expect(await found({ received_from_ts: forged, received_to_ts: forged })).toContain(3);
      expect(await network().client.rpc('message_search', { received_to_ts: 'soon' })).toMatchObject({
        code: 'bad_request',
      });
    },
  );

  rule(
    ['history.search.echo-used'],
    'given later filters, when they are used, then the reply names them, and otherwise it does not',
    async () => {
      const { filters } = await ask(network().client, { text: ' nine ', status: 'received' });
      expect(filters).toMatchObject({ thread_id, text: 'nine', status: 'received' });
      expect(filters).not.toHaveProperty('trace_id');
    },
  );

  rule(
    ['history.search.status'],
    'given a receipt for one message, when its status is searched, then that message alone is found',
    async () => {
      const { client } = network();
      const receipt = { message_id: sent[0]?.message_id, from_account_id: b, status: 'rejected', code: 'busy' };
      client.publish(subjects.accountReceipts(a), { ...receipt, to_account_id: a, event_at: '2026-01-01T00:00:02Z' });
      await eventuallyEqual(() => found({ status: 'rejected' }), [0], { what: 'the rejected message' });
      expect(await found({ status: 'received' })).toEqual([3, 2, 1]);
      expect(await client.rpc('message_search', { status: 'none' })).toMatchObject({ code: 'bad_request' });
    },
  );
});

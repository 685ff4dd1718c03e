import { operations, subjects } from '@agentnet/protocol';
import { eventually } from '../../harness/eventually.js';
import { aMessage } from '../../harness/message-builder.js';
import { idsOf } from '../../harness/thread.js';
import { type RegistryStage, registryScenario, type Scenario } from '../core/scenario.js';
import { ask, refused } from './asking.js';
import { recorded } from './recording.js';

/** Four messages of three accounts in one thread, and how to search them: answers are places in `sent`. */
async function searchable(stage: RegistryStage) {
  const [a, b, c] = [stage.name('a'), stage.name('b'), stage.name('c')];
  const thread_id = stage.name('thread');
  const said = (from_account_id: string, to_account_id: string, fields: object) =>
    aMessage({ thread_id, from_account_id, to_account_id, ...fields });
  const sent = [
    said(a, b, { sent_at: '2026-01-01T00:00:01Z', payload: { text: 'The CAFÉ opens at nine' } }),
    said(b, a, {
      sent_at: '2026-01-02T00:00:00.250Z',
      payload: ['cafe', { deep: 'Nine o’clock' }],
      trace_id: thread_id,
      kind: 'request',
    }),
    said(a, c, { sent_at: '2026-01-03T00:00:00Z', payload: { nine: 9, note: 'cafeteria' }, kind: 'request' }),
    said(a, a, { sent_at: '9999-01-01T00:00:00Z', payload: 'nine' }),
  ];
  await recorded(stage, 'history.captured', { thread_id, messages: sent });
  const found = async (filter: object): Promise<number[]> => {
    const { messages } = await ask(stage, 'history.search.filters', ['message_search', { thread_id, ...filter }]);
    return idsOf(messages).map((id) => idsOf(sent).indexOf(id));
  };
  return { a, b, c, thread_id, sent, found };
}

const filters = registryScenario(
  {
    id: 'message-search.filters',
    title:
      'given messages of several kinds and times, when they are searched, then filters hold, are repeated, and bad dates are refused',
    cases: ['T-11'],
    rules: ['history.search.filters', 'history.search.dates', 'history.search.echo'],
  },
  async (stage) => {
    const { judge } = stage;
    const { a, c, thread_id, found } = await searchable(stage);
    const expected: [object, number[]][] = [
      [{}, [3, 2, 1, 0]],
      [{ kind: 'request' }, [2, 1]],
      [{ from_account_id: a }, [3, 2, 0]],
      [{ from_account_id: a, to_account_id: c }, [2]],
      [{ from_ts: '2026-01-02T00:00:00.25Z', to_ts: '2026-01-03T00:00:00Z' }, [2, 1]],
      [{ from_ts: '2026-01-02T03:00:00.25+03:00', to_ts: '2026-01-02T00:00:00.250Z' }, [1]],
    ];
    for (const [filter, places] of expected)
      judge.equal('history.search.filters', await found(filter), places, `the messages for ${JSON.stringify(filter)}`);
    const reply = await ask(stage, 'history.search.echo', ['message_search', { thread_id, from_ts: '2026-01-01' }]);
    const echoed = {
      thread_id,
      from_account_id: null,
      to_account_id: null,
      kind: null,
      from_ts: '2026-01-01',
      to_ts: null,
    };
    judge.equal('history.search.echo', reply.filters, echoed, 'the filters');
    const { errors } = operations.message_search;
    await refused(stage, 'history.search.dates', [
      'message_search',
      { from_ts: 'soon' },
      { error: errors.from_ts_invalid },
    ]);
    await refused(stage, 'history.search.dates', [
      'message_search',
      { to_ts: 'soon' },
      { error: errors.to_ts_invalid },
    ]);
  },
);

const words = registryScenario(
  {
    id: 'message-search.words',
    title:
      'given messages of several words, when words are searched, then whole words match in any order, case and accent',
    cases: [],
    rules: [
      'history.search.words',
      'history.search.words.none',
      'history.search.participant',
      'history.search.received',
      'history.search.echo-used',
    ],
  },
  async (stage) => {
    const { judge } = stage;
    const { a, b, c, thread_id, found } = await searchable(stage);
    const expected: [object, number[]][] = [
      [{ text: 'cafe' }, [1, 0]],
      [{ text: 'nine CAFÉ' }, [1, 0]],
      [{ text: 'nine' }, [3, 1, 0]],
      [{ text: 'cafeter' }, []],
    ];
    for (const [filter, places] of expected)
      judge.equal('history.search.words', await found(filter), places, `the messages for ${JSON.stringify(filter)}`);
    judge.equal('history.search.words.none', await found({ text: '  ' }), [3, 2, 1, 0], 'the messages for white space');
    await refused(stage, 'history.search.words.none', ['message_search', { text: '%_' }, { code: 'bad_request' }]);
    const ends: [object, number[]][] = [
      [{ participant_account_id: a }, [3, 2, 1, 0]],
      [{ participant_account_id: b }, [1, 0]],
      [{ participant_account_id: c, text: 'nine' }, []],
      [{ trace_id: thread_id }, [1]],
    ];
    for (const [filter, places] of ends)
      judge.equal(
        'history.search.participant',
        await found(filter),
        places,
        `the messages for ${JSON.stringify(filter)}`,
      );
    judge.equal(
      'history.search.received',
      await found({ received_from_ts: '9998-01-01' }),
      [],
      'messages received in the year 9998',
    );
    await refused(stage, 'history.search.received', [
      'message_search',
      { received_to_ts: 'soon' },
      { code: 'bad_request' },
    ]);
    const used = await ask(stage, 'history.search.echo-used', [
      'message_search',
      { thread_id, text: ' nine ', status: 'received' },
    ]);
    judge.matches(
      'history.search.echo-used',
      used.filters,
      { thread_id, text: 'nine', status: 'received' },
      'the filters used',
    );
    judge.holds('history.search.echo-used', !('trace_id' in used.filters), 'no filter that was not used', used.filters);
  },
);

const statuses = registryScenario(
  {
    id: 'message-search.status',
    title:
      'given receipts in a wrong order, of others, odd and doubled, when the message is read, then its status is what counts',
    cases: [],
    rules: [
      'history.receipts.status',
      'history.receipts.order',
      'history.receipts.duplicate',
      'history.receipts.recipient',
      'history.receipts.odd',
      'history.search.status',
    ],
  },
  async (stage) => {
    const { client, judge } = stage;
    const { a, b, thread_id, sent, found } = await searchable(stage);
    const about = (index: number, fields: object) => ({
      message_id: sent[index]?.message_id,
      from_account_id: sent[index]?.to_account_id,
      to_account_id: a,
      event_at: '2026-01-01T00:00:02Z',
      ...fields,
    });
    const tell = (account: string, body: object | string) => client.publish(subjects.accountReceipts(account), body);
    const rowOf = async (index: number) =>
      (await client.ask('thread_messages', { thread_id })).messages.find(
        ({ message_id }) => message_id === sent[index]?.message_id,
      );
    // The first was processed before it was heard to be accepted; a copy was refused as duplicate.
    tell(a, about(0, { status: 'processed' }));
    tell(a, about(0, { status: 'accepted' }));
    tell(a, about(0, { status: 'rejected', code: 'duplicate' }));
    // The second, to another account, was accepted, and a copy was refused as duplicate.
    tell(b, { ...about(1, { status: 'accepted' }), to_account_id: b });
    tell(b, { ...about(1, { status: 'rejected', code: 'duplicate' }), to_account_id: b });
    // The third: odd ones, somebody else's, one to somebody else, then its own.
    for (const odd of ['{bad', about(2, { status: 'burnt' }), about(2, { from_account_id: '', status: 'processed' })])
      tell(a, odd);
    tell(a, about(2, { from_account_id: b, status: 'processed' }));
    tell(b, about(2, { status: 'processed' }));
    tell(a, about(2, { status: 'rejected', code: 'busy' }));
    const settled = eventually(() => found({ status: 'rejected' }), {
      until: (places) => places.length > 0,
      timeoutMs: 20_000,
      what: 'the rejected message',
    });
    judge.equal(
      'history.search.status',
      await judge.comes('history.receipts.status', 'the rejected message', settled),
      [2],
      'messages of status rejected',
    );
    const third = await rowOf(2);
    judge.matches(
      'history.receipts.recipient',
      third,
      { status: 'rejected', code: 'busy' },
      'only the receipt of its addressee counts',
    );
    judge.holds('history.receipts.odd', third?.status === 'rejected', 'odd receipts change nothing', third);
    const ended = eventually(() => rowOf(0), {
      until: (row) => row?.status === 'processed' && row.accepted_at !== undefined,
      what: 'both times',
    });
    const first = await judge.comes('history.receipts.order', 'processed, with the time of both receipts', ended);
    judge.holds(
      'history.receipts.duplicate',
      first?.status === 'processed' && !first.code,
      'processed, whatever a copy was told',
      first,
    );
    const accepted = eventually(() => rowOf(1), {
      until: (row) => row?.status === 'accepted',
      what: 'the accepted message',
    });
    await judge.comes('history.receipts.duplicate', 'accepted, whatever a copy was told', accepted);
    judge.equal('history.search.status', await found({ status: 'processed' }), [0], 'messages of status processed');
    await refused(stage, 'history.search.status', ['message_search', { status: 'none' }, { code: 'bad_request' }]);
  },
);

/** Searching what is on record, and what became of it. */
export const messageSearchScenarios: readonly Scenario[] = [filters, words, statuses];

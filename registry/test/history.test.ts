import { randomUUID } from 'node:crypto';
import { limits, history as names, operations, subjects } from '@agentnet/protocol';
import { connect } from '@agentnet/sdk/transport';
import { jetstreamManager } from '@nats-io/jetstream';
import { beforeEach, describe, expect, test } from 'vitest';
import { startHistory } from '../src/history/index.js';
import { threadStatus } from '../src/operations/thread-status.js';
import type { Database } from '../src/store/database.js';
import { describeOnEachDatabase } from './harness/databases.js';
import { eventually } from './harness/eventually.js';
import { FailingDatabase } from './harness/failing-database.js';
import { countIn, type HistoryChanges, publish, startOn, useNats } from './harness/histories.js';
import { startNatsServer } from './harness/nats-server.js';
import { anEnvelope, operationDeps, type Store, useStore } from './harness/records.js';

const inbox = subjects.accountInbox('acct_bob');

async function lettersAbout(store: Store, subject: string): Promise<{ reason: string; body: string }[]> {
  const sql = `SELECT reason, encode(body, 'escape') AS body FROM agent_dead_letters WHERE subject = $1 ORDER BY dead_letter_id`;
  return store.database.query(sql, [subject]);
}

describeOnEachDatabase('history', (kind) => {
  const store = useStore(kind);
  const setting = useNats();

  test('given messages published before and after the start, when it runs, then all are recorded with their subjects', async () => {
    await (await startOn(setting, store)).stop();
    publish(setting, inbox, anEnvelope({ thread_id: 'all', message_id: 'before' }));
    await setting.agent.flush();
    await startOn(setting, store);
    publish(setting, subjects.capability('mesh.agent'), anEnvelope({ thread_id: 'all', message_id: 'dotted' }));
    publish(setting, subjects.replyInbox('registry_1', 't1'), anEnvelope({ thread_id: 'all', message_id: 'reply' }));
    await eventually(() => countIn(store, 'all'), 3);
    const sql = `SELECT message_id, subject FROM agent_messages WHERE thread_id = 'all' ORDER BY message_id`;
    expect(await store.database.query(sql)).toEqual([
      { message_id: 'before', subject: inbox },
      { message_id: 'dotted', subject: 'agent.capability.mesh.agent' },
      { message_id: 'reply', subject: '_INBOX.agentnet.registry_1.t1' },
    ]);
  });

  test('given what is recorded, when the stream is looked at, then nothing is left in it', async () => {
    const history = await startOn(setting, store);
    for (let index = 0; index < 50; index += 1) publish(setting, inbox, anEnvelope({ thread_id: 'emptied' }));
    await eventually(() => countIn(store, 'emptied'), 50);
    const { streams } = await jetstreamManager(setting.agent);
    await eventually(async () => (await streams.info(names.stream)).state.messages, 0);
    expect(history.state()).toMatchObject({ pending: 0, written: 50, lastError: '', capture: 'jetstream' });
    expect(history.metrics()).toMatchObject({ enabled: true, size: 0, overflow_count: 0 });
  });

  test('given a request to an agent, when it is captured, then the agent answers it and not the stream', async () => {
    await startOn(setting, store);
    const peer = setting.agent.subscribe(inbox, { callback: (_, message) => void message.respond('from the peer') });
    await setting.agent.flush();
    const reply = await setting.agent.request(inbox, JSON.stringify(anEnvelope({ thread_id: 'asked' })));
    expect(reply.string()).toBe('from the peer');
    peer.unsubscribe();
    await eventually(() => countIn(store, 'asked'), 1);
  });

  test('given poison between messages, when written, then the rest is recorded and the poison kept as dead letters', async () => {
    const history = await startOn(setting, store);
    const subject = subjects.accountInbox('acct_poison');
    const poison = [
      '{bad',
      '[1]',
      JSON.stringify(anEnvelope({ thread_id: 'nul\u0000' })),
      JSON.stringify(anEnvelope({ payload: 7 })).replace('"payload":7', `"payload":${'1'.repeat(5000)}`),
      JSON.stringify(anEnvelope({ payload: 'x'.repeat(limits.messageMaxBytes) })),
    ];
    for (const body of poison) {
      publish(setting, subject, body);
      publish(setting, subject, anEnvelope({ thread_id: 'poisoned', payload: '\u0000 \ud800' }));
    }
    publish(setting, subject, new Uint8Array([0xff]));
    publish(setting, subject, anEnvelope({ message_id: '' }));
    await eventually(() => countIn(store, 'poisoned'), 5);
    await eventually(
      async () => (await lettersAbout(store, subject)).map((letter) => letter.reason),
      ['undecodable', 'not_an_object', 'invalid', 'invalid', 'too_large', 'undecodable'],
    );
    await eventually(() => history.state().unrecorded, 1);
    expect((await lettersAbout(store, subject))[0]?.body).toBe('{bad');
    expect(history.deadLetters()).toBe(6);
  });

  test('given a message that only the database refuses, when written, then it alone becomes a dead letter', async () => {
    await store.database.query(
      `ALTER TABLE agent_messages ADD CONSTRAINT refuses CHECK (from_agent <> 'cursed') NOT VALID`,
    );
    await startOn(setting, store);
    const subject = subjects.accountInbox('acct_cursed');
    for (let index = 0; index < 20; index += 1) {
      publish(setting, subject, anEnvelope({ thread_id: 'refused', from_agent: index === 7 ? 'cursed' : 'fine' }));
    }
    await eventually(() => countIn(store, 'refused'), 19);
    await eventually(
      async () => (await lettersAbout(store, subject)).map((letter) => letter.reason),
      ['database_refused'],
    );
    await store.database.query('ALTER TABLE agent_messages DROP CONSTRAINT refuses');
  });

  test('given a lost database, when it comes back, then all is recorded once, in the order of the stream', async () => {
    const failing = new FailingDatabase(store.database);
    const history = await startOn(setting, store, { database: failing });
    failing.cut();
    publish(setting, inbox, anEnvelope({ thread_id: 'outage', message_id: 'twice', payload: 'first' }));
    await setting.agent.flush();
    await eventually(() => failing.failures > 1, true);
    publish(setting, inbox, anEnvelope({ thread_id: 'outage', message_id: 'twice', payload: 'second' }));
    for (let index = 0; index < 30; index += 1) publish(setting, inbox, anEnvelope({ thread_id: 'outage' }));
    await eventually(() => history.state().pending > 30, true);
    expect(history.state()).toMatchObject({ written: 0, lastError: expect.stringContaining('ECONNREFUSED') });
    failing.mend();
    await eventually(() => countIn(store, 'outage'), 31);
    const sql = `SELECT payload FROM agent_messages WHERE message_id = 'twice'`;
    expect(await store.database.query(sql)).toEqual([{ payload: 'first' }]);
    await eventually(() => history.state().lastError, '');
  });

  test('given a stop during an outage, when another history starts, then nothing is lost', async () => {
    const failing = new FailingDatabase(store.database);
    const history = await startOn(setting, store, { database: failing });
    failing.cut();
    for (let index = 0; index < 5; index += 1) publish(setting, inbox, anEnvelope({ thread_id: 'stopped' }));
    await setting.agent.flush();
    await eventually(() => failing.failures > 0, true);
    await history.stop();
    expect(await countIn(store, 'stopped')).toBe(0);
    await startOn(setting, store);
    await eventually(() => countIn(store, 'stopped'), 5);
  });

  test('given two histories, when many messages come, then each is recorded once', async () => {
    const both = await Promise.all([startOn(setting, store), startOn(setting, store)]);
    const threads = ['pair_0', 'pair_1', 'pair_2'];
    for (let index = 0; index < 2100; index += 1) {
      publish(setting, inbox, anEnvelope({ thread_id: threads[index % 3] }));
    }
    await eventually(() => Promise.all(threads.map((thread) => countIn(store, thread))), [700, 700, 700]);
    await eventually(() => both.reduce((sum, history) => sum + history.state().written, 0), 2100);
  });

  test('given an error that nobody expects, when the writer fails, then it starts again and loses nothing', async () => {
    const failing = new FailingDatabase(store.database);
    const history = await startOn(setting, store, { database: failing });
    failing.failure = new TypeError('a bug');
    publish(setting, inbox, anEnvelope({ thread_id: 'restarted' }));
    await eventually(() => history.state().restarts > 0, true);
    failing.mend();
    await eventually(() => countIn(store, 'restarted'), 1);
    expect(history.isAlive()).toBe(true);
  });

  test('given a deleted consumer, when messages come, then it is made again and they are recorded', async () => {
    const history = await startOn(setting, store);
    const { consumers } = await jetstreamManager(setting.agent);
    await consumers.delete(names.stream, names.consumer);
    await eventually(() => history.state().restarts > 0, true);
    publish(setting, inbox, anEnvelope({ thread_id: 'remade' }));
    await eventually(() => countIn(store, 'remade'), 1);
  });

  test('given a time before the receive time, after it, and none, then the order is never later than the receipt', async () => {
    await startOn(setting, store);
    for (const sent_at of ['2001-01-01', '9999-12-31T23:59:59Z', 'never']) {
      publish(setting, inbox, anEnvelope({ thread_id: 'clocks', sent_at, ttl_ms: 10 ** 18, expires_at: '9999-99' }));
    }
    await eventually(() => countIn(store, 'clocks'), 3);
    const status = await threadStatus(operationDeps(store.database), { thread_id: 'clocks' });
    expect(status.last_message_at).toBe(status.updated_at);
    const sql = `SELECT count(*) AS pinned FROM agent_messages WHERE thread_id = 'clocks' AND ordered_at > received_at`;
    expect(await store.database.query(sql)).toEqual([{ pinned: 0 }]);
  });
});

describeOnEachDatabase('history tap', (kind) => {
  const store = useStore(kind);
  const setting = useNats();
  beforeEach(async () => {
    await Promise.all([startOn(setting, store), startOn(setting, store)]);
  });

  test('given a reply on a plain inbox, when tapped, then it is recorded once and the requester still has it', async () => {
    const peer = setting.agent.subscribe('peer', {
      callback: (_, message) =>
        void message.respond(JSON.stringify(anEnvelope({ thread_id: 'tapped', kind: 'reply' }))),
    });
    const reply = await setting.agent.request('peer');
    expect(reply.json()).toMatchObject({ kind: 'reply' });
    peer.unsubscribe();
    await eventually(() => countIn(store, 'tapped'), 1);
  });

  test('given replies on inboxes of all lengths, when tapped, then the named prefix is needed for those as long as captured ones [history.replies]', async () => {
    const { config, ...deps } = operationDeps(store.database);
    await startOn(setting, store, { ...deps, config: { ...config, historyInboxPrefixes: ['_INBOX.app'] } });
    const inboxes = ['_INBOX.one', '_INBOX.one.two', '_INBOX.app.two.three', '_INBOX.one.two.three.four'];
    for (const name of ['_INBOX.other.two.three', ...inboxes])
      publish(setting, name, anEnvelope({ thread_id: name, kind: 'reply' }));
    for (const name of inboxes) await eventually(() => countIn(store, name), 1);
    expect(await countIn(store, '_INBOX.other.two.three')).toBe(0);
  });

  test('given other traffic on inboxes, when tapped, then only messages are copied', async () => {
    const copied = setting.agent.subscribe(subjects.historyTapped);
    const registryReply = { thread_id: 't', messages: [{ message_id: 'inner' }] };
    publish(setting, '_INBOX.x.1', registryReply);
    publish(setting, '_INBOX.x.2', '{"message_id": cut off');
    publish(setting, '_INBOX.x.3', { message_id: '' });
    publish(setting, '_INBOX.agentnet.s.t', anEnvelope({ thread_id: 'own_mux' }));
    publish(setting, operations.hello.subject, anEnvelope());
    publish(setting, '_INBOX.x.4', anEnvelope({ message_id: 'marker', thread_id: 'marked' }));
    for await (const message of copied) {
      expect(message.json()).toMatchObject({ message_id: 'marker' });
      break;
    }
    await eventually(() => setting.histories.reduce((sum, { state }) => sum + state().tapFailures, 0), 1);
    await eventually(() => countIn(store, 'own_mux'), 1);
    await eventually(() => countIn(store, 'marked'), 1);
  });
});

describe('a server without JetStream [subject.history.stream]', () => {
  const setting = useNats({ jetstream: false });
  const database: Database = {
    kind: 'pglite',
    query: async () => [],
    transaction: () => Promise.reject(new Error('not used')),
    close: async () => {},
  };

  test('given no setting for it, when history starts, then the error names the remedy', async () => {
    const starting = startOn(setting, { database });
    await expect(starting).rejects.toMatchObject({
      code: 'history_unavailable',
      message: expect.stringMatching(/-js.*HISTORY_CAPTURE=tap/),
    });
  });
});

describe('a NATS server that comes and goes', () => {
  const database: Database = {
    kind: 'pglite',
    query: async () => [],
    transaction: () => Promise.reject(new Error('not used')),
    close: async () => {},
  };

  test('given a server that is gone, when history starts and the server comes back, then it runs', async () => {
    const token = randomUUID();
    const before = await startNatsServer({ token });
    const connection = await connect({ url: before.url, inboxPrefix: '_REG' });
    await before.stop();
    const starting = startHistory({ ...operationDeps(database), connection });
    const after = await startNatsServer({ token, port: Number(new URL(before.url).port) });
    const history = await starting;
    expect(history.isAlive()).toBe(true);
    await history.stop();
    await connection.close();
    await after.stop();
  });

  test('given a server that stays away, when the wait is over, then the error says so and not that it lacks JetStream', async () => {
    const server = await startNatsServer({ token: randomUUID() });
    const connection = await connect({ url: server.url, inboxPrefix: '_REG' });
    await server.stop();
    const starting = startHistory({ ...operationDeps(database), connection, startWaitMs: 1 });
    await expect(starting).rejects.toMatchObject({
      code: 'history_unavailable',
      message: expect.stringMatching(/^\[history_unavailable\] the NATS server was not ready within 0.001 s/),
    });
    await connection.close();
  });
});

describeOnEachDatabase('history without JetStream, captured by a tap', (kind) => {
  const store = useStore(kind);
  const setting = useNats({ jetstream: false });
  const tapped = (): HistoryChanges => {
    const deps = operationDeps(store.database);
    return { ...deps, config: { ...deps.config, historyCapture: 'tap' } };
  };

  test('given two histories, when messages and a plain reply pass, then each is recorded once', async () => {
    const both = await Promise.all([startOn(setting, store, tapped()), startOn(setting, store, tapped())]);
    for (let index = 0; index < 20; index += 1) publish(setting, inbox, anEnvelope({ thread_id: 'direct' }));
    publish(setting, '_INBOX.x.y', anEnvelope({ thread_id: 'direct', kind: 'reply' }));
    publish(setting, inbox, '{bad');
    await eventually(() => countIn(store, 'direct'), 21);
    await eventually(() => both.reduce((sum, history) => sum + history.deadLetters(), 0), 1);
    expect(both[0]?.state()).toMatchObject({ capture: 'tap', dropped: 0 });
    expect(both[0]?.metrics()).toMatchObject({ overflow_count: 0, max: 10_000 });
  });

  test('given a lost database and more messages than memory holds, when it is back, then the rest is counted as lost', async () => {
    const failing = new FailingDatabase(store.database);
    const history = await startOn(setting, store, { ...tapped(), database: failing });
    failing.cut();
    const small = { thread_id: 'flood', payload: null };
    for (let index = 0; index < 14_000; index += 1) publish(setting, inbox, anEnvelope(small));
    await setting.agent.flush();
    await eventually(() => history.state().dropped > 0, true);
    failing.mend();
    await eventually(async () => (await countIn(store, 'flood')) + history.state().dropped, 14_000);
  });
});

import { type Hello, type ListReply, subjects } from '@agentnet/protocol';
import { expect } from 'vitest';
import {
  eventually,
  onEachDeployment,
  type RawClient,
  type RegistryProcess,
  rule,
  uniqueName,
  useNetwork,
} from '../harness/index.js';

type Row = ListReply['agents'][number];

const helloKeys = [
  'account_id',
  'agent_id',
  'capabilities',
  'last_seen',
  'metadata',
  'name',
  'session_tag',
  'username',
].sort();

/** Registers an agent and says hello once, as a peer does when it starts. */
async function join(client: RawClient, fields: Partial<Hello> = {}): Promise<Hello & { session_tag: string }> {
  const agentId = fields.agent_id ?? uniqueName();
  const body = { agent_id: agentId, name: 'An Agent', capabilities: ['chat'], metadata: { team: 'ops' }, ...fields };
  const { account_id, username, session_tag } = await client.ask('register', body);
  const hello = { ...body, account_id, username, session_tag, last_seen: '2001-01-01T00:00:00Z' };
  client.publish(subjects.registryHello, hello);
  return hello;
}

async function rowOf(client: RawClient, sessionTag: string): Promise<Row | undefined> {
  const { agents } = await client.ask('list');
  return agents.find(({ session_tag }) => session_tag === sessionTag);
}

async function crash(registries: readonly RegistryProcess[]): Promise<void> {
  await Promise.all(registries.map((registry) => registry.kill()));
  await Promise.all(registries.map((registry) => registry.restart()));
}

onEachDeployment('presence', (database) => {
  const network = useNetwork(database);

  rule(
    ['presence.list.row', 'presence.list.no-null'],
    'given a registered session, when it says hello, then its row has all eight fields and no null',
    async () => {
      const { client } = network();
      const { last_seen: _claimed, ...session } = await join(client);
      const row = await eventually(() => rowOf(client, session.session_tag));
      expect(row).toEqual({ ...session, last_seen: expect.any(String) });
      expect(Object.keys(row ?? {}).sort()).toEqual(helloKeys);
    },
  );

  rule(
    'presence.list.order',
    'given sessions of several agents, when they are listed, then they come by agent id and session tag',
    async () => {
      const { client } = network();
      for (const agentId of ['b', 'a', 'b']) await client.ask('register', { agent_id: `${agentId}_${uniqueName()}` });
      const { agents } = await client.ask('list');
      const keys = agents.map(({ agent_id, session_tag }) => `${agent_id}\n${session_tag}`);
      expect(keys).toEqual([...keys].sort());
    },
  );

  rule(
    ['presence.hello.replace', 'presence.hello.last-seen', 'presence.hello.agent-id', 'presence.hello.account-fixed'],
    'given a known session, when a hello brings other facts, then they replace the old ones but not its account',
    async () => {
      const { client } = network();
      const session = await join(client);
      const stranger = await join(client);
      const before = await eventually(() => rowOf(client, session.session_tag));
      client.publish(subjects.registryHello, {
        agent_id: session.agent_id,
        session_tag: session.session_tag,
        account_id: stranger.account_id,
        name: 'Renamed',
        capabilities: ['mesh.agent'],
        metadata: { nested: { deep: [1, null] } },
        last_seen: '2001-01-01T00:00:00Z',
      });
      const after = await eventually(() => rowOf(client, session.session_tag), {
        until: (row) => row?.name === 'Renamed',
      });
      expect(after).toMatchObject({
        agent_id: session.agent_id,
        account_id: session.account_id,
        capabilities: ['mesh.agent'],
        metadata: { nested: { deep: [1, null] } },
      });
      expect(Date.parse(after?.last_seen ?? '')).toBeGreaterThan(Date.parse(before?.last_seen ?? ''));
    },
  );

  rule(
    ['presence.hello.replace', 'presence.hello.incomplete', 'presence.hello.malformed', 'limits.harmless'],
    'given broken hellos, when a bare one follows, then only the bare one is applied, with defaults',
    async () => {
      const { client } = network();
      const { agent_id, session_tag } = await join(client);
      await eventually(() => rowOf(client, session_tag));
      for (const body of [
        '{bad',
        '[1]',
        '',
        { agent_id, name: 'x' },
        { session_tag, name: 'x' },
        { agent_id: 7, session_tag },
      ])
        client.publish(subjects.registryHello, body);
      client.publish(subjects.registryGoodbye, '{bad');
      client.publish(subjects.registryHello, { agent_id, session_tag });
      const row = await eventually(() => rowOf(client, session_tag), { until: (found) => found?.name === agent_id });
      expect(row).toMatchObject({ capabilities: [], metadata: {} });
    },
  );

  rule(
    'presence.ttl',
    'given a silent session, when its ttl has passed, then it is neither listed nor online',
    async () => {
      const { client } = network();
      const { account_id, session_tag } = await client.ask('register', { agent_id: uniqueName() });
      expect((await client.ask('profile', { account_id })).profile.online).toBe(true);
      await eventually(async () => (await rowOf(client, session_tag)) === undefined, { what: 'the eviction' });
      const { profile } = await client.ask('profile', { account_id });
      expect(profile).toMatchObject({ online: false, online_sessions: [] });
    },
  );

  rule(
    ['presence.goodbye.removes', 'presence.goodbye.unknown'],
    'given an online session, when it says goodbye twice, then it is gone long before its ttl and others stay',
    async () => {
      const { client } = network();
      const [leaving, staying] = [await join(client), await join(client)];
      const goodbye = { session_tag: leaving.session_tag, agent_id: leaving.agent_id, seen_at: '2001-01-01T00:00:00Z' };
      client.publish(subjects.registryGoodbye, goodbye);
      await eventually(async () => (await rowOf(client, leaving.session_tag)) === undefined, { timeoutMs: 1_500 });
      client.publish(subjects.registryGoodbye, goodbye);
      client.publish(subjects.registryGoodbye, { session_tag: uniqueName() });
      expect(await rowOf(client, staying.session_tag)).toMatchObject({ agent_id: staying.agent_id });
    },
  );

  rule(
    'presence.restore',
    'given an evicted session and a restarted registry, when a hello brings the old tag, then it is listed as before',
    async () => {
      const { client, registries } = network();
      const session = await join(client);
      await crash(registries);
      await eventually(async () => (await rowOf(client, session.session_tag)) === undefined, { what: 'the eviction' });
      client.publish(subjects.registryHello, session);
      const row = await eventually(() => rowOf(client, session.session_tag));
      expect(row).toMatchObject({ account_id: session.account_id, username: session.username });
    },
  );

  rule(
    ['presence.restore', 'presence.restore.resolve'],
    'given tags the registry never saw, when hellos bring them, then they are listed with the account they claim or resolve to',
    async () => {
      const { client } = network();
      const known = await join(client);
      const [claimed, bare] = [uniqueName('tag'), uniqueName('tag')];
      client.publish(subjects.registryHello, { ...known, session_tag: claimed });
      client.publish(subjects.registryHello, { agent_id: known.agent_id, session_tag: bare });
      for (const tag of [claimed, bare])
        expect(await eventually(() => rowOf(client, tag))).toMatchObject({
          account_id: known.account_id,
          username: known.username,
        });
    },
  );

  rule(
    ['presence.heartbeat.first', 'presence.heartbeat.interval', 'presence.heartbeat.fields'],
    'given an interval of one second, when a peer starts, then it says hello at once and then once per interval',
    async () => {
      const { client } = network();
      const hellos = await client.subscribe(subjects.registryHello);
      const peer = await network().peer({ capabilities: ['chat'], metadata: { team: 'ops' } });
      const first = await hellos.next({ where: ({ json }) => (json as Hello).session_tag === peer.sessionTag });
      expect(Object.keys(first.json as object).sort()).toEqual(helloKeys);
      expect(first.json).toMatchObject({
        agent_id: peer.agentId,
        account_id: peer.accountId,
        username: peer.username,
        capabilities: ['chat'],
        metadata: { team: 'ops' },
      });
      const seen: number[] = [];
      while (seen.length < 3) {
        const { json } = await hellos.next({ where: (frame) => (frame.json as Hello).session_tag === peer.sessionTag });
        seen.push(Date.parse(String((json as Hello).last_seen)));
      }
      // Faster than agreed is as wrong as slower; a busy machine can only make it slower.
      expect((seen[2] ?? 0) - Date.parse(String((first.json as Hello).last_seen))).toBeGreaterThan(2_000);
      hellos.unsubscribe();
    },
  );

  rule(
    'presence.goodbye.sent',
    'given a started peer, when it closes, then it says goodbye before it disconnects',
    async () => {
      const { client } = network();
      const goodbyes = await client.subscribe(subjects.registryGoodbye);
      const peer = await network().peer();
      await peer.close();
      const { json } = await goodbyes.next();
      expect(json).toMatchObject({
        session_tag: peer.sessionTag,
        agent_id: peer.agentId,
        seen_at: expect.any(String),
      });
      await eventually(async () => (await rowOf(client, peer.sessionTag)) === undefined, { timeoutMs: 1_500 });
      goodbyes.unsubscribe();
    },
  );

  rule(
    'presence.no-ghosts',
    'given registry and peer killed while online, when only the registry returns and the ttl passes, then nobody is online',
    async () => {
      const { client, registries } = network();
      const gone = await join(client);
      await eventually(() => rowOf(client, gone.session_tag));
      await crash(registries);
      const online = async () => ({
        profile: (await client.ask('profile', { account_id: gone.account_id })).profile.online,
        search: (await client.ask('search', { query: gone.username, online_only: true })).results.length,
        list: await rowOf(client, gone.session_tag),
      });
      await eventually(online, { until: ({ profile, search, list }) => !profile && search === 0 && !list });
    },
  );

  rule(
    'presence.reregister',
    'given a running peer, when its registry is killed and restarted, then its name gives the old account within two heartbeats',
    async () => {
      const { client, registries } = network();
      const peer = await network().peer();
      await crash(registries);
      const found = await eventually(() => client.rpc('resolve_account', { username: peer.username }), {
        timeoutMs: 2_500,
        until: (reply) => !('error' in reply),
      });
      expect(found).toMatchObject({ account_id: peer.accountId });
      await eventually(async () => (await client.ask('profile', { account_id: peer.accountId })).profile.online);
    },
  );

  rule(
    ['presence.hello.oversized', 'presence.list.paging', 'identity.profile.too-large'],
    'given a hello with a megabyte of metadata, when sessions are listed, then the list answers without it',
    async () => {
      const { client } = network();
      const session = await join(client);
      const metadata = { big: 'x'.repeat(1_000_000) };
      await client.deliver(subjects.registryHello, { ...session, metadata });
      await client.deliver(subjects.registryHello, { ...session, session_tag: uniqueName('tag'), metadata });
      expect(await client.rpc('register', { agent_id: uniqueName(), metadata })).toMatchObject({
        code: 'profile_too_large',
      });
      const row = await eventually(() => rowOf(client, session.session_tag));
      expect(row?.metadata).toEqual(session.metadata);
    },
  );
});

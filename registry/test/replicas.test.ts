import { expect, test } from 'vitest';
import { describeOnPostgres } from './harness/databases.js';
import { eventually } from './harness/eventually.js';
import { useNetwork } from './harness/network.js';

describeOnPostgres('two registries on one store', (kind) => {
  const network = useNetwork(kind);

  test('given twenty new agents and two of every name at once, then each gets one answer and each name one account [S-10 rpc.queue-group]', async () => {
    await Promise.all(['reg-a', 'reg-b'].map((serverId) => network.startRegistry({ serverId })));
    const names = Array.from({ length: 20 }, (_, n) => `agent-${n}`);
    const marker = () => network.wire.ask('list');
    const answers = await Promise.all(
      [...names, ...names].map((username) => network.wire.askAll('register', { agent_id: 'a', username }, marker)),
    );
    expect(answers.map((replies) => replies.length)).toEqual(answers.map(() => 1));
    const accounts = answers.map(([reply]) => reply.account_id as string);
    expect(new Set(accounts).size).toBe(20);
    expect(accounts.slice(0, 20)).toEqual(accounts.slice(20));
    const servers = new Set(answers.map(([reply]) => reply.session_tag.split('_')[0]));
    expect([...servers].sort()).toEqual(['reg-a', 'reg-b']);
    for (const [at, username] of names.entries()) {
      expect(await network.wire.ask('resolve_account', { username })).toMatchObject({ account_id: accounts[at] });
    }
    expect(await network.wire.listed()).toHaveLength(40);
  });
});

describeOnPostgres('two registries and one agent', (kind) => {
  const network = useNetwork(kind);

  test('given a hello that one of them takes, when either lists, then both show it within a flush [S-10 presence.hello.replicas]', async () => {
    await Promise.all(['reg-a', 'reg-b'].map((serverId) => network.startRegistry({ serverId })));
    const { session_tag } = await network.wire.register({ agent_id: 'a' });
    await network.wire.tell('hello', { agent_id: 'a', session_tag, name: 'Heard' });
    const namesOfTenLists = () =>
      Promise.all(Array.from({ length: 10 }, async () => (await network.wire.listed())[0]?.name));
    await eventually(namesOfTenLists, Array(10).fill('Heard'));
  });
});

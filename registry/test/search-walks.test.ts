import { limits } from '@agentnet/protocol';
import { expect, test } from 'vitest';
import { describeOnEachDatabase } from './harness/databases.js';
import { useRegistry } from './harness/network.js';
import type { WireReply } from './harness/wire.js';

describeOnEachDatabase('walks over accounts', (kind) => {
  const network = useRegistry(kind, { agentTtlSeconds: 30 });
  const usernames = (reply: WireReply): string[] => reply.results.map((row: { username: string }) => row.username);

  test('given accounts that come and go between two pages, when a walk goes on, then it returns each once [discovery.search.walk]', async () => {
    const names = Array.from({ length: 9 }, (_, index) => `walk_${index}`);
    const tags = new Map<string, string>();
    const come = async (username: string) => {
      const { session_tag } = await network.wire.register({ agent_id: username, username });
      tags.set(username, session_tag);
    };
    const go = (username: string) => network.wire.tell('goodbye', { session_tag: tags.get(username) });
    for (const username of names) await come(username);
    for (const username of names.slice(0, 4)) await go(username);
    const walked: string[][] = [];
    const page = async (cursor?: string) => {
      const reply = await network.wire.ask('search', {
        query: 'walk_',
        limit: 2,
        strict_cursor: true,
        ...(cursor && { cursor }),
      });
      walked.push(usernames(reply));
      return reply.next_cursor;
    };
    let cursor = await page();
    // Those returned leave and come back twice over, those ahead change places.
    await go('walk_4');
    for (const username of ['walk_5', 'walk_5', 'walk_8', 'walk_0']) await come(username);
    cursor = await page(cursor);
    for (const username of ['walk_0', 'walk_7']) await go(username);
    await come('walk_4');
    while (cursor) cursor = await page(cursor);
    expect(walked.slice(0, 2)).toEqual([
      ['walk_4', 'walk_5'],
      ['walk_8', 'walk_0'],
    ]);
    expect(walked.flat().sort()).toEqual(names);
  });

  test('given more online accounts than a cursor holds, when all are walked, then each comes once, and cursors stay short [discovery.search.walk]', async () => {
    const count = limits.searchWalkByPresenceMax + 20;
    const names = Array.from({ length: count }, (_, index) => `many_${String(index).padStart(3, '0')}`);
    await Promise.all(names.map((username) => network.wire.register({ agent_id: username, username })));
    for (const online_only of [true, false]) {
      const walked: string[] = [];
      let cursor: string | undefined;
      do {
        const reply = await network.wire.ask('search', {
          query: 'many_',
          limit: 100,
          online_only,
          ...(cursor && { cursor }),
        });
        walked.push(...usernames(reply));
        cursor = reply.next_cursor;
        expect(cursor?.length ?? 0).toBeLessThanOrEqual(limits.cursorMaxLength);
      } while (cursor);
      expect(walked).toEqual(names);
    }
  });
});

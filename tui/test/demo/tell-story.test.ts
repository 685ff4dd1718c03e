import { ProtocolError, RegistryClient } from '@agentnet/protocol';
import { expect, test } from 'vitest';
import type { Scene } from '../../src/demo/scene.js';
import { tellStory } from '../../src/demo/tell-story.js';
import type { NetworkEvent } from '../../src/up/events.js';

test('given a registry that does not answer, when the story is told, then its first step is told as failed and no other follows', async () => {
  const transport = {
    request: () => Promise.reject(new ProtocolError('request_timeout', 'no reply')),
  } as unknown as Scene['transport'];
  const agent = { username: 'echo' };
  const scene = {
    cast: { echo: agent, calculator: agent, guide: agent },
    transport,
    registry: new RegistryClient(transport),
    signal: new AbortController().signal,
  } as unknown as Scene;
  const told: NetworkEvent[] = [];
  expect(await tellStory(scene, (event) => told.push(event))).toBe(false);
  expect(told).toMatchObject([
    { event: 'demo', step: 1, ok: false, error: { code: 'request_timeout', detail: 'no reply' } },
  ]);
});

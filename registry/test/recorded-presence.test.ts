import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { formatInstant } from '@agentnet/protocol';
import { makeKeyPair, registerClaims, signClaims } from '@agentnet/sdk/identity';
import { beforeAll, expect, test } from 'vitest';
import type { RunningRegistry } from '../src/index.js';
import { describeOnEachDatabase } from './harness/databases.js';
import { useNetwork } from './harness/network.js';
import type { WireReply } from './harness/wire.js';

interface ListedAgent {
  readonly agent_id: string;
  readonly name: string;
  readonly username: string;
  readonly account_id: string;
  readonly session_tag: string;
  readonly capabilities: readonly string[];
}

type Frames = readonly [
  event: { readonly payload: Record<string, unknown> },
  list: unknown,
  listed: { readonly payload: { readonly agents: readonly ListedAgent[] } },
];

/** A hello and a goodbye that somebody else made up, and what a registry of the protocol's first version listed after each. */
const recorded = JSON.parse(readFileSync(new URL('golden/spoofed-presence.json', import.meta.url), 'utf8')) as Record<
  '53-hello-spoof' | '54-goodbye-spoof',
  Frames
>;
const [[hello, , afterHello], [goodbye, , afterGoodbye]] = [recorded['53-hello-spoof'], recorded['54-goodbye-spoof']];
/** Those that the recording leaves on their own: the others say the same as these. */
const agents = afterHello.payload.agents.filter(({ agent_id }) => agent_id.startsWith('agent_'));
const shown = (listed: readonly ListedAgent[]) =>
  listed
    .filter(({ agent_id }) => agent_id.startsWith('agent_') || agent_id === hello.payload['agent_id'])
    .map(({ agent_id, name, username, capabilities }) => ({ agent_id, name, username, capabilities }));

describeOnEachDatabase('the recorded spoofed presence', (kind) => {
  const network = useNetwork(kind);
  let registry: RunningRegistry;
  const sessions = new Map<string, WireReply>();

  beforeAll(async () => {
    registry = await network.startRegistry({ devAuth: true });
    const timestamp = formatInstant({ epochMs: network.clock.now(), micros: 0 });
    for (const { agent_id, name, username, session_tag } of agents) {
      const claims = registerClaims({
        agentId: agent_id,
        name,
        username,
        accountId: '',
        timestamp,
        nonce: randomUUID(),
      });
      const auth = { ...signClaims(claims, makeKeyPair()) };
      sessions.set(session_tag, await network.wire.register({ agent_id, name, username, auth }));
    }
  });

  /** The recorded event, with the ids that accounts and sessions have here. */
  const told = ({ payload }: Frames[0]) => {
    const was = agents.find(({ account_id }) => account_id === payload['account_id']);
    return {
      ...payload,
      ...(was && { account_id: sessions.get(was.session_tag).account_id }),
      session_tag: sessions.get(String(payload['session_tag']))?.session_tag ?? payload['session_tag'],
    };
  };

  // Peers of the first scheme sign neither; what becomes of both for sessions that sign is in auth-v2.test.ts.
  test('53: given a hello for a session that no registry gave, when listed, then it is there, as recorded [auth.v2.presence]', async () => {
    await network.wire.tell('hello', told(hello));
    expect(shown(await network.wire.listed())).toEqual(shown(afterHello.payload.agents));
    expect(shown(afterHello.payload.agents)).toHaveLength(4);
  });

  test('54: given a goodbye of anybody for a session, when listed, then that is gone, as recorded [auth.v2.presence]', async () => {
    network.clock.advance(1);
    await network.wire.tell('goodbye', told(goodbye));
    expect(shown(await network.wire.listed())).toEqual(shown(afterGoodbye.payload.agents));
    expect(shown(afterGoodbye.payload.agents)).toHaveLength(3);
  });

  test('given the same with v2 required, when they come, then neither counts: the one place where we differ [auth.v2.required]', async () => {
    const before = await network.wire.listed();
    await registry.stop();
    await network.startRegistry({ authRequire: 'v2' });
    await network.wire.tell('hello', { ...told(hello), session_tag: 'another_FORGED' });
    await network.wire.tell('goodbye', { session_tag: before[0].session_tag });
    expect(await network.wire.listed()).toEqual(before);
  });
});

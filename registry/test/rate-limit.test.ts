import { limits, operations } from '@agentnet/protocol';
import { describe, expect, test } from 'vitest';
import { CallBudget } from '../src/rate-limit/call-budget.js';
import { clientOf } from '../src/rate-limit/client-of.js';
import { describeOnEachDatabase } from './harness/databases.js';
import { useRegistry } from './harness/network.js';
import { Wire } from './harness/wire.js';

describe('the client behind a reply subject', () => {
  test.each([
    ['_INBOX.abc.1', '_INBOX.abc'],
    ['_INBOX.abc.2', '_INBOX.abc'],
    ['_INBOX.agentnet.session.7', '_INBOX.agentnet.session'],
    ['my.own.inbox.9', 'my.own.inbox'],
    ['_INBOX.abc', undefined],
    ['inbox', undefined],
    ['', undefined],
  ])('given %j, then it is %j', (reply, client) => {
    expect(clientOf(reply)).toBe(client);
  });
});

describe('the budget of calls', () => {
  const openBudget = () => {
    const clock = { nowMs: 0 };
    const budget = new CallBudget({
      each: { perSecond: 10, burst: 3 },
      unknown: { perSecond: 1, burst: 5 },
      clientsMax: 4,
      now: () => clock.nowMs,
    });
    return { clock, budget };
  };

  test('given a client that called as often as it may, when it calls again, then it is told when, and then it may', () => {
    const { clock, budget } = openBudget();
    expect([1, 2, 3].map(() => budget.take('a'))).toEqual([0, 0, 0]);
    expect(budget.take('a')).toBe(100);
    clock.nowMs = 60;
    expect(budget.take('a')).toBe(40);
    expect(budget.take('b')).toBe(0);
    clock.nowMs = 100;
    expect(budget.take('a')).toBe(0);
  });

  test('given a caller with a new subject for each call, when it floods, then it is held and a known client is not [rpc.rate-limit.bounded]', () => {
    const { budget } = openBudget();
    expect(budget.take('known')).toBe(0);
    const answers = Array.from({ length: 1000 }, (_, n) => budget.take(n % 2 === 0 ? `made-up-${n}` : undefined));
    expect(answers.filter((waitMs) => waitMs === 0)).toHaveLength(4);
    expect(budget.take('known')).toBe(0);
    expect(budget.clients).toBeLessThanOrEqual(4);
  });
});

describeOnEachDatabase('a registry with few calls for each client', (kind) => {
  const network = useRegistry(kind, { rpcRateLimitPerSecond: 0.001, rpcRateLimitBurst: 3 });

  test('given a client beyond its limit, when it calls, then it is refused whatever it sends and others are answered [rpc.rate-limit]', async () => {
    const greedy = await Wire.connect(network.nats.url);
    for (let call = 0; call < 3; call += 1) expect(await greedy.ask('list')).toHaveProperty('agents');
    for (const body of ['{}', '{bad']) {
      const refusal = await greedy.ask('register', body);
      expect(refusal).toMatchObject({ error: 'rate_limited', code: 'rate_limited' });
      expect(refusal.retry_after_ms).toBeGreaterThan(0);
    }
    expect(await network.wire.ask('list')).toHaveProperty('agents');
    await greedy.close();
  });
});

describeOnEachDatabase('a registry without a limit', (kind) => {
  const network = useRegistry(kind, { rpcRateLimitPerSecond: 0 });

  test('given more calls at once than the default allows, then each is answered', async () => {
    const { subject } = operations.resolve_account;
    const calls = Array.from({ length: limits.rpcRateLimitBurst + 500 }, () =>
      network.wire.connection.request(subject, '{"username":"nobody"}', { timeout: 20_000 }),
    );
    const codes = (await Promise.all(calls)).map((reply) => (reply.json() as { code: string }).code);
    expect(new Set(codes)).toEqual(new Set(['not_found']));
  });
});

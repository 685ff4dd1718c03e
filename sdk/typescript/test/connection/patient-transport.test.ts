import { encodeJson, type Transport } from '@agentnet/protocol';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { patientTransport } from '../../src/connection/patient-transport.js';
import { FakeClock } from '../harness/fake-clock.js';

const refusal = (retryAfterMs?: number) =>
  encodeJson({ error: 'rate_limited', code: 'rate_limited', ...(retryAfterMs && { retry_after_ms: retryAfterMs }) });
const answer = encodeJson({ agents: [] });

/** A transport that gives these answers one after the other, and how long each was waited for. */
function answering(...answers: Uint8Array[]) {
  const clock = new FakeClock();
  const timeouts: number[] = [];
  const inner = {
    request: async (_subject, _body, { timeoutMs }) => {
      timeouts.push(timeoutMs);
      return answers[timeouts.length - 1] ?? answer;
    },
  } as Partial<Transport> as Transport;
  return { clock, timeouts, transport: patientTransport(inner, clock) };
}

/** Lets everything run that waits for nothing but promises. */
const settled = () => new Promise((resolve) => setImmediate(resolve));
const body = encodeJson({});

describe('a registry that says when to ask again', () => {
  it('given a refusal, when the time has passed, then it is asked again with what is left of the timeout [rpc.rate-limit.wait]', async () => {
    const { clock, timeouts, transport } = answering(refusal(300), refusal(200));
    const asking = transport.request('registry.list', body, { timeoutMs: 1000 });
    await settled();
    clock.advance(299);
    await settled();
    expect(timeouts).toEqual([1000]);
    clock.advance(1);
    await settled();
    clock.advance(200);
    expect(await asking).toBe(answer);
    expect(timeouts).toEqual([1000, 700, 500]);
  });

  it('given a timer that comes after the timeout, when the registry is asked again, then it has a moment to answer', async () => {
    const { clock, timeouts, transport } = answering(refusal(300));
    const asking = transport.request('registry.list', body, { timeoutMs: 1000 });
    await settled();
    clock.advance(1200);
    expect(await asking).toBe(answer);
    expect(timeouts).toEqual([1000, 1]);
  });

  it.each([
    ['longer than the timeout leaves', refusal(1000)],
    ['nothing about the time', refusal()],
    ['another refusal', encodeJson({ error: 'internal_error', code: 'internal_error', retry_after_ms: 5 })],
  ])('given %s, when it is refused, then the refusal is the answer at once', async (_what, first) => {
    const { timeouts, transport } = answering(first);
    expect(await transport.request('registry.list', body, { timeoutMs: 1000 })).toBe(first);
    expect(timeouts).toEqual([1000]);
  });

  it.each([
    ['an answer', { agents: [{ agent_id: 'rate_limited' }], retry_after_ms: 5 }],
    ['another refusal', { error: 'rate_limited', code: 'internal_error', retry_after_ms: 5 }],
  ])('given %s that names the code elsewhere, when it comes, then it is the answer at once', async (_what, reply) => {
    const first = encodeJson(reply);
    const { timeouts, transport } = answering(first);
    expect(await transport.request('registry.list', body, { timeoutMs: 1000 })).toBe(first);
    expect(timeouts).toEqual([1000]);
  });

  it('given a short answer without the code, when it comes, then nobody reads it but the caller', async () => {
    const { transport } = answering(answer);
    const parse = vi.spyOn(JSON, 'parse');
    onTestFinished(() => parse.mockRestore());
    expect(await transport.request('registry.list', body, { timeoutMs: 1000 })).toBe(answer);
    expect(parse).not.toHaveBeenCalled();
  });

  it('given a signal, when it is aborted while waiting, then the call ends as cancelled and nothing is asked again', async () => {
    const { clock, timeouts, transport } = answering(refusal(300));
    const cancel = new AbortController();
    const asking = transport.request('registry.list', body, { timeoutMs: 1000, signal: cancel.signal });
    await settled();
    cancel.abort();
    await expect(asking).rejects.toMatchObject({ code: 'cancelled' });
    clock.advance(300);
    await settled();
    expect(timeouts).toEqual([1000]);
  });
});

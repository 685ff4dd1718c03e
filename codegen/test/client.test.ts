import {
  limits,
  ProtocolError,
  Refusal,
  RegistryClient,
  RemoteRefusal,
  serveRegistry,
  subjects,
} from '@agentnet/protocol';
import { describe, expect, it } from 'vitest';
import { handlersWith } from './harness/handlers.js';
import { MemoryTransport } from './harness/memory-transport.js';

const key = { account_id: 'acct_1', public_key: 'abc', resolved_at: '2026-02-21T08:00:00Z' };

/** A client whose next request is answered with `body`, whatever it asks. */
function clientAnsweredWith(body: string): RegistryClient {
  const transport = new MemoryTransport();
  for (const subject of [subjects.registryResolveKey, subjects.registryRegister]) {
    transport.subscribe(subject, {}, ({ reply = '' }) => transport.publish(reply, new TextEncoder().encode(body)));
  }
  return new RegistryClient(transport);
}

describe('registry client', () => {
  it('given a registry, when the client asks, then it gets the typed reply', async () => {
    const transport = new MemoryTransport();
    serveRegistry(transport, handlersWith({ resolveKey: async () => key }));
    expect(await new RegistryClient(transport).resolveKey({ account_id: 'acct_1' })).toEqual(key);
  });

  it('given no options, when the client asks, then it waits as long as the spec says', async () => {
    const transport = new MemoryTransport();
    serveRegistry(transport, handlersWith({ resolveKey: async () => key }));
    const client = new RegistryClient(transport);
    await client.resolveKey({ account_id: 'acct_1' });
    expect(transport.requested).toEqual({ timeoutMs: limits.resolveTimeoutMs });
    const { signal } = new AbortController();
    await client.resolveKey({ account_id: 'acct_1' }, { timeoutMs: 7, signal });
    expect(transport.requested).toEqual({ timeoutMs: 7, signal });
  });

  it('given a request that breaks its schema, when the client asks, then nothing is sent', async () => {
    const transport = new MemoryTransport();
    const call = new RegistryClient(transport).search({ limit: 'many' as unknown as number });
    await expect(call).rejects.toMatchObject({
      code: 'bad_request',
      detail: 'request of search: /limit must be integer or null',
    });
    expect(transport.published).toEqual([]);
  });

  it('given a refusal, when it arrives, then code, exact text and detail are on the error', async () => {
    const transport = new MemoryTransport();
    serveRegistry(
      transport,
      handlersWith({ profile: async () => Promise.reject(new Refusal('field_required', 'give one of them')) }),
    );
    const failure = await new RegistryClient(transport).profile({}).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RemoteRefusal);
    expect(failure).toMatchObject({
      code: 'field_required',
      error: 'account_id or username is required',
      detail: 'give one of them',
      retryable: false,
    });
  });

  it.each([
    { given: 'the text of a refusal of this operation', body: '{"error":"resolve_failed"}', code: 'internal_error' },
    { given: 'the text for a required field', body: '{"error":"account_id is required"}', code: 'field_required' },
    { given: 'a text that is itself a code', body: '{"error":"auth_required"}', code: 'auth_required' },
    { given: 'a text nobody knows', body: '{"error":"out of cheese"}', code: 'registry_error' },
    { given: 'a code nobody knows', body: '{"error":"not_found","code":"gone_fishing"}', code: 'not_found' },
    { given: 'a code named like a method of objects', body: '{"error":"x","code":"toString"}', code: 'registry_error' },
  ])('given $given, when an older registry refuses, then the code is $code', async ({ body, code }) => {
    const failure = clientAnsweredWith(body).resolveKey({ account_id: 'acct_1' });
    await expect(failure).rejects.toMatchObject({ name: 'RemoteRefusal', code });
  });

  it.each([
    { given: 'no JSON', body: '<html>' },
    { given: 'a list', body: '[]' },
    { given: 'a reply without a required field', body: '{"account_id":"acct_1"}' },
  ])('given $given, when it arrives as the reply, then it is an invalid_reply', async ({ body }) => {
    await expect(clientAnsweredWith(body).resolveKey({ account_id: 'acct_1' })).rejects.toMatchObject({
      code: 'invalid_reply',
    });
  });

  it('given a reply that is deeper than a body may be, when it arrives, then it is read: pages wrap recorded payloads', async () => {
    const depth = limits.jsonMaxDepth + 8;
    const body = JSON.stringify({ ...key, extra: 0 }).replace(
      '"extra":0',
      `"extra":${'['.repeat(depth)}${']'.repeat(depth)}`,
    );
    await expect(clientAnsweredWith(body).resolveKey({ account_id: 'acct_1' })).resolves.toMatchObject({
      public_key: 'abc',
    });
  });

  it('given a transport that fails, when the client asks, then its error comes through untouched', async () => {
    const transport = new MemoryTransport();
    const failure = new Error('no responders');
    transport.failure = failure;
    await expect(new RegistryClient(transport).metrics()).rejects.toBe(failure);
  });

  it('given an event, when it is published, then it is checked first', () => {
    const transport = new MemoryTransport();
    const client = new RegistryClient(transport);
    client.hello({ agent_id: 'a', session_tag: 's' });
    expect(transport.published.map(({ subject }) => subject)).toEqual(['registry.hello']);
    expect(() => client.goodbye({ session_tag: '' })).toThrow(ProtocolError);
    expect(transport.published.length).toBe(1);
  });
});

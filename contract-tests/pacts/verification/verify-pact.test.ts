import { describe, expect, it } from 'vitest';
import type { PactFile } from './pact-file.js';
import { type ProviderUnderTest, verifyPact } from './verify-pact.js';

const receipt = {
  message_id: 'm1',
  status: 'accepted',
  event_at: '2026-02-21T08:00:00Z',
  trace_id: 't1',
  thread_id: 'thread_t1',
};
const contents = { content: receipt, contentType: 'application/json', encoded: false };
const pact: PactFile = {
  consumer: { name: 'listener' },
  provider: { name: 'speaker' },
  interactions: [
    {
      type: 'Asynchronous/Messages',
      description: 'a receipt',
      providerStates: [{ name: 'a message was sent' }],
      comments: { references: { asyncapi: { message: 'SentReceipt' } } },
      contents,
    },
  ],
  metadata: { pactSpecification: { version: '4.0' } },
};

const speaker = (changes: Partial<ProviderUnderTest> = {}): ProviderUnderTest => ({
  produce: { 'a receipt': async () => receipt },
  states: { 'a message was sent': async () => undefined },
  ...changes,
});

describe('the verification of a pact', () => {
  it('given a provider that keeps it, when it is verified, then the interaction is named', async () => {
    expect(await verifyPact(pact, speaker())).toEqual(['a receipt']);
  });

  const broken: { given: string; provider: ProviderUnderTest; says: string }[] = [
    {
      given: 'a state handler that throws',
      provider: speaker({ states: { 'a message was sent': () => Promise.reject(new Error('no paper')) } }),
      says: "state 'a message was sent' failed: Error: no paper",
    },
    {
      given: 'a state without a handler',
      provider: speaker({ states: {} }),
      says: "no handler for the state 'a message was sent'",
    },
    {
      given: 'a handler of a state that nothing needs',
      provider: speaker({ states: { ...speaker().states, 'it rains': async () => undefined } }),
      says: "no interaction needs the state 'it rains'",
    },
    {
      given: 'a producer that throws',
      provider: speaker({ produce: { 'a receipt': () => Promise.reject(new Error('no ink')) } }),
      says: 'a receipt: the provider failed: Error: no ink',
    },
    { given: 'no producer', provider: speaker({ produce: {} }), says: 'a receipt: nobody produces it' },
    {
      given: 'a producer of nothing that is in the pact',
      provider: speaker({ produce: { ...speaker().produce, 'a letter': async () => receipt } }),
      says: "no interaction is called 'a letter'",
    },
    {
      given: 'a reset that throws',
      provider: speaker({ reset: () => Promise.reject(new Error('stuck')) }),
      says: 'a receipt: the reset failed: Error: stuck',
    },
    {
      given: 'output that breaks its schema in a field Pact does not look at',
      provider: speaker({ produce: { 'a receipt': async () => ({ ...receipt, code: null }) } }),
      says: "a receipt: the provider's SentReceipt/code must be string",
    },
    {
      given: 'another value',
      provider: speaker({ produce: { 'a receipt': async () => ({ ...receipt, status: 'processed' }) } }),
      says: "'processed' (String)",
    },
  ];
  it.each(broken)('given $given, when it is verified, then the run fails and says so', async ({ provider, says }) => {
    await expect(verifyPact(pact, provider)).rejects.toThrow(says);
  });

  it('given a pact without interactions, when it is verified, then that is no success', async () => {
    await expect(verifyPact({ ...pact, interactions: [] }, speaker())).rejects.toThrow('no interactions');
  });
});

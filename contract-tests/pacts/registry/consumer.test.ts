import { type JsonObject, type JsonValue, type MessageAuth, operations } from '@agentnet/protocol';
import { signClaims } from '@agentnet/sdk/identity';
import { describe, expect, it } from 'vitest';
import { keyOf } from '../keys.js';
import { matching } from '../verification/matchers.js';
import { usePact } from '../verification/use-pact.js';
import { type RegistryInteraction, registryInteractions } from './interactions.js';
import { isSealed, useScriptedRegistry } from './scripted-registry.js';
import { sdkCalls } from './sdk-calls.js';

const written = usePact('typescript-sdk', 'registry');
const registry = useScriptedRegistry();

describe('what the TypeScript SDK relies on in a registry', () => {
  it.each(
    registryInteractions(),
  )('given $description, when the SDK asks, then it sends the request and understands the answer', async (interaction) => {
    const { operation, description, states, request, isSigned, reply, exact, code } = interaction;
    const { request: requestSchema, reply: replySchema } = operations[operation];
    const message = written.pact.addSynchronousInteraction(description);
    for (const { name, parameters } of states) message.given(name, parameters as never);
    await message
      .reference('asyncapi', 'request', requestSchema)
      .reference('asyncapi', 'reply', code ? 'ErrorReply' : replySchema)
      .withRequest((builder) => builder.withJSONContent(matching(isSigned ? signedExample(request) : request, [])))
      .withResponse((builder) => builder.withJSONContent(matching(reply, exact)))
      .executeTest(async ({ Response }) => {
        const answer = JSON.parse(String(Response[0]?.content)) as JsonValue;
        expect(answer).toEqual(reply);
        registry.script(operation, answer);
        const outcome = await outcomeOf(interaction);
        expect(registry.heard.filter((call) => call.operation === operation).map(({ body }) => plain(body))).toEqual([
          request,
        ]);
        expect(outcome).toEqual(code ? { refused: code } : { result: sdkCalls[operation].result(reply as never) });
        const asked = registry.heard.find((call) => call.operation === operation);
        expect([asked && isSealed(asked), 'auth' in (asked?.body ?? {})]).toEqual([
          isSigned || isKeyChange(operation),
          isSigned,
        ]);
      });
  });

  it('given all interactions, when they have been written, then the pact is the committed one', () => {
    const { written: now, committed } = written.settle();
    expect(now).toBe(committed);
  });
});

async function outcomeOf({ operation, request, isSigned }: RegistryInteraction): Promise<unknown> {
  try {
    return { result: await sdkCalls[operation].ask(registry.url, request as never, isSigned) };
  } catch (cause) {
    return { refused: (cause as { code?: unknown }).code ?? cause };
  }
}

const isKeyChange = (operation: string): boolean => operation === 'rotate_key' || operation === 'revoke_key';

const plain = ({ auth: _signature, ...body }: JsonObject): JsonObject => body;

/** Signed once and for all, so that the file is the same each time. */
function signedExample(request: JsonObject): JsonObject {
  const { agent_id, name, username, account_id } = request as Record<string, string>;
  const timestamp = '2026-02-21T08:00:00Z';
  const claims = Object.entries({ agent_id, name, username, account_id, timestamp, nonce: 'pact' }) as [
    string,
    string,
  ][];
  const auth: MessageAuth = signClaims(new Map(claims), keyOf('weather'));
  return { ...request, auth: { ...auth } as unknown as JsonValue };
}

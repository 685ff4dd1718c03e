import {
  headers,
  type JsonObject,
  type JsonValue,
  type MessageHeaders,
  operations,
  type RpcName,
} from '@agentnet/protocol';
import { connect, natsTransport } from '@agentnet/sdk/transport';
import { afterAll, beforeAll } from 'vitest';
import { startNats } from '../../harness/index.js';

/** What the consumer sent. */
export interface HeardCall {
  readonly operation: RpcName;
  readonly body: JsonObject;
  readonly headers: MessageHeaders;
}

/** The other end of the wire in consumer tests: a NATS server on which each operation gets the answer the pact says. */
export interface ScriptedRegistry {
  readonly url: string;
  /** Since `script`. */
  readonly heard: readonly HeardCall[];
  /** Answers this operation with `reply`, and `register` in any case. */
  script(operation: RpcName, reply: JsonValue): void;
}

/** How a registration is answered. */
export const registered = {
  account_id: 'acct_weather',
  username: 'weather',
  session_tag: 'registry_01K5V2N7C5E9S1V4B6D8F0GHJK',
  heartbeat_interval: 12,
  ttl_seconds: 40,
  registered_at: '2026-02-21T08:00:00Z',
  signing: { schemes: ['dev-ed25519-v1', 'ed25519-v2'] },
};

export function useScriptedRegistry(): ScriptedRegistry {
  const heard: HeardCall[] = [];
  const replies = new Map<RpcName, JsonValue>();
  let url = '';
  let close = async (): Promise<void> => undefined;
  beforeAll(async () => {
    const server = await startNats({ jetStream: false });
    const connection = await connect({ url: server.url });
    const transport = natsTransport(connection);
    for (const [name, { role, subject }] of Object.entries(operations)) {
      if (role !== 'rpc') continue;
      const operation = name as RpcName;
      transport.subscribe(subject, {}, ({ body, reply = '', headers: sent = {} }) => {
        heard.push({ operation, body: JSON.parse(Buffer.from(body).toString()), headers: sent });
        const answer = replies.get(operation);
        if (answer !== undefined) transport.publish(reply, Buffer.from(JSON.stringify(answer)));
      });
    }
    await connection.flush();
    url = server.url;
    close = async () => {
      await connection.close();
      await server.stop();
    };
  });
  afterAll(() => close());
  return {
    get url() {
      return url;
    },
    heard,
    script(operation, reply) {
      heard.length = 0;
      replies.clear();
      replies.set('register', registered);
      replies.set(operation, reply);
    },
  };
}

export const isSealed = (call: HeardCall): boolean => headers.signature in call.headers;

import { type EventName, limits, operations, type RpcName } from '@agentnet/protocol';
import { connect, type NatsConnection } from '@nats-io/transport-node';

export type Body = object | string | Uint8Array;
// biome-ignore lint/suspicious/noExplicitAny: a reply is taken as it is on the wire; each test looks at the fields it is about
export type WireReply = any;

/** A client without any of our code between the test and the wire. */
export class Wire {
  private constructor(readonly connection: NatsConnection) {}

  static async connect(url: string): Promise<Wire> {
    const { host, username } = new URL(url);
    const token = username === '' ? {} : { token: username };
    return new Wire(await connect({ servers: host, reconnect: false, ...token }));
  }

  async ask(operation: RpcName, body: Body = {}): Promise<WireReply> {
    const { subject } = operations[operation];
    const reply = await this.connection.request(subject, encode(body), { timeout: limits.queryTimeoutMs });
    return JSON.parse(reply.string());
  }

  /** Every answer to one request, until as many came as a registry could at most be late with. */
  async askAll(operation: RpcName, body: Body, marker: () => Promise<unknown>): Promise<WireReply[]> {
    const replies: WireReply[] = [];
    const inbox = `_INBOX.all.${crypto.randomUUID()}`;
    const first = new Promise<void>((resolve) => {
      this.connection.subscribe(inbox, {
        callback: (_, message) => {
          replies.push(JSON.parse(message.string()));
          resolve();
        },
      });
    });
    this.connection.publish(operations[operation].subject, encode(body), { reply: inbox });
    await first;
    await marker();
    return replies;
  }

  /** Publishes and returns when the server has it. */
  async tell(event: EventName, body: Body): Promise<void> {
    this.connection.publish(operations[event].subject, encode(body));
    await this.connection.flush();
  }

  async register(body: object): Promise<WireReply> {
    return this.ask('register', body);
  }

  async listed(): Promise<WireReply[]> {
    return (await this.ask('list')).agents;
  }

  async close(): Promise<void> {
    await this.connection.close();
  }
}

function encode(body: Body): string | Uint8Array {
  return typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
}

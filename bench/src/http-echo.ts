import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The messages of an echo over JSON-RPC and HTTP, as A2A has them: `message/send`. */
interface Message {
  readonly kind: 'message';
  readonly role: 'user' | 'agent';
  readonly messageId: string;
  readonly contextId: string;
  readonly parts: readonly { readonly kind: 'text'; readonly text: string }[];
}

interface SendRequest {
  readonly jsonrpc: '2.0';
  readonly id: string;
  readonly method: 'message/send';
  readonly params: { readonly message: Message };
}

interface SendResponse {
  readonly jsonrpc: '2.0';
  readonly id: string;
  readonly result: Message;
}

/** Answers `message/send` with what it was sent, on a free port of 127.0.0.1. */
export async function startHttpEcho(): Promise<{ readonly port: number }> {
  const server = createServer((incoming, outgoing) => {
    void bodyOf(incoming).then((text) => {
      const { id, params } = requireSend(JSON.parse(text) as Partial<SendRequest>);
      const result: Message = { ...params.message, role: 'agent', messageId: randomUUID() };
      const answer = JSON.stringify({ jsonrpc: '2.0', id, result } satisfies SendResponse);
      outgoing.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) });
      outgoing.end(answer);
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port };
}

/** Calls it over connections that stay open, one for each call in flight. */
export class HttpCaller {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1024, noDelay: true });
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  async send(text: string): Promise<Message> {
    const id = randomUUID();
    const message: Message = {
      kind: 'message',
      role: 'user',
      messageId: randomUUID(),
      contextId: 'bench',
      parts: [{ kind: 'text', text }],
    };
    const call: SendRequest = { jsonrpc: '2.0', id, method: 'message/send', params: { message } };
    const answer = JSON.parse(await this.#post(JSON.stringify(call))) as Partial<SendResponse>;
    if (answer.jsonrpc !== '2.0' || answer.id !== id || answer.result?.kind !== 'message')
      throw new Error('the HTTP side gave no answer of JSON-RPC');
    return answer.result;
  }

  close(): void {
    this.#agent.destroy();
  }

  #post(body: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          agent: this.#agent,
          host: '127.0.0.1',
          port: this.#port,
          method: 'POST',
          headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
        },
        (incoming) => bodyOf(incoming).then(resolve, reject),
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }
}

function requireSend(call: Partial<SendRequest>): SendRequest {
  if (call.jsonrpc === '2.0' && call.method === 'message/send' && Array.isArray(call.params?.message?.parts))
    return call as SendRequest;
  throw new Error('the HTTP side was sent no message/send');
}

function bodyOf(incoming: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => resolve(Buffer.concat(chunks).toString()));
    incoming.on('error', reject);
  });
}

// The answering side: one AgentNet agent, its plain counterparts on NATS, and an echo over HTTP, in a process of its own. Tells its parent where it listens.
import { AgentNode, type HandlerContext, type ReceivedMessage } from '@agentnet/sdk';
import { connect } from '@agentnet/sdk/transport';
import type { Msg, NatsConnection } from '@nats-io/nats-core';
import { startHttpEcho } from './http-echo.js';
import type { ResponderAddresses } from './responder-process.js';
import { piecesOf } from './stream-pieces.js';

const natsUrl = process.env['NATS_URL'] ?? '';

const agent = new AgentNode({
  agentId: 'bench_echo',
  natsUrl,
  inbox: { maxConcurrency: 256, maxPending: 10_000, rateLimitPerSecond: Number.POSITIVE_INFINITY },
});
agent.onMessage((message, context) => {
  if (message.kind === 'request') return answer(message, context);
});
await agent.start();

const connection = await connect({ url: natsUrl, name: 'agentnet-bench-raw' });
const http = await startHttpEcho();
const addresses: ResponderAddresses = {
  accountId: agent.accountId,
  username: agent.username,
  echoSubject: 'bench.echo',
  resolveSubject: 'bench.resolve',
  helloSubject: 'bench.hello',
  sizedSubject: 'bench.sized',
  streamSubject: 'bench.stream',
  httpPort: http.port,
};
listen(connection, addresses);
await connection.flush();
process.send?.(addresses);

process.once('SIGTERM', async () => {
  await agent.close();
  await connection.close();
  process.exit(0);
});
// Whoever started this process may have been killed.
process.once('disconnect', () => process.exit(0));

function answer({ payload }: ReceivedMessage, { reply, stream }: HandlerContext): Promise<void> | undefined {
  const pieces = streamed(payload);
  if (pieces === undefined) {
    // Awaiting it would cost a promise; a failure ends the process, which ends the run.
    void reply(payload);
    return undefined;
  }
  return stream(piecesOf(pieces)).then(() => undefined);
}

/** How many pieces a request asks to be answered with. */
function streamed(payload: unknown): number | undefined {
  if (typeof payload !== 'object' || payload === null || !('pieces' in payload)) return undefined;
  return Number(payload.pieces);
}

function listen(raw: NatsConnection, { echoSubject, resolveSubject, helloSubject, ...rest }: ResponderAddresses): void {
  const on = (subject: string, take: (message: Msg) => void): void => {
    raw.subscribe(subject, { callback: (_error, message) => take(message) });
  };
  const resolved = { account_id: agent.accountId, username: agent.username, resolved_at: new Date().toISOString() };
  const resolveReply = new TextEncoder().encode(JSON.stringify(resolved));
  on(echoSubject, (message) => void message.respond(message.data));
  on(resolveSubject, (message) => void message.respond(resolveReply));
  on(helloSubject, () => {});
  const bodies = new Map<string, Uint8Array>();
  on(`${rest.sizedSubject}.*`, (message) => {
    const size = message.subject.slice(rest.sizedSubject.length + 1);
    const body = bodies.get(size) ?? new Uint8Array(Number(size)).fill(120);
    bodies.set(size, body);
    message.respond(body);
  });
  on(rest.streamSubject, (message) => {
    for (const piece of piecesOf(Number(message.string()))) message.respond(piece);
    message.respond();
  });
}

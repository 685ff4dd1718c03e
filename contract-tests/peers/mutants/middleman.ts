import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Fault, Scene } from './fault.js';
import { type Part, PartReader, readFrame, type WireFrame, words, writeFrame, writePart } from './nats-frames.js';

type Frames = (frame: WireFrame) => readonly WireFrame[];

/** Stands between one agent and its NATS server and puts a fault on what passes. */
export class Middleman implements AsyncDisposable {
  readonly #server: Server;
  readonly #fault: Fault;
  readonly #sockets = new Set<Socket>();
  #upstream: Socket | undefined;
  #target: URL | undefined;
  readonly #scene: Scene;

  private constructor(server: Server, fault: Fault, notes: Scene['notes']) {
    this.#server = server;
    this.#fault = fault;
    this.#scene = { notes, publish: (subject, body) => this.#publish(subject, body) };
  }

  static async start(fault: Fault, notes: Scene['notes']): Promise<Middleman> {
    const server = createServer((client) => middleman.#join(client));
    const middleman = new Middleman(server, fault, notes);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return middleman;
  }

  get scene(): Scene {
    return this.#scene;
  }

  /** Where the agent is to connect to instead of `natsUrl`. */
  inFrontOf(natsUrl: string): string {
    this.#target = new URL(natsUrl);
    const front = new URL(natsUrl);
    front.host = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return front.href.replace(/\/$/, '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #join(client: Socket): void {
    const { hostname, port } = this.#target ?? new URL('nats://127.0.0.1:4222');
    const upstream = connect(Number(port), hostname);
    this.#upstream = upstream;
    this.#carry(client, upstream, (part) => this.#toServer(part));
    this.#carry(upstream, client, (part) => this.#toClient(part));
  }

  #carry(from: Socket, to: Socket, pass: (part: Part) => readonly Buffer[]): void {
    const reader = new PartReader();
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (chunk: Buffer) => {
      for (const part of reader.read(chunk)) for (const bytes of pass(part)) to.write(bytes);
    });
    // Whatever ends one side ends the other; what was passed on before still arrives.
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      to.end();
    });
  }

  #toServer(part: Part): readonly Buffer[] {
    const [verb = '', subject = ''] = words(part.line);
    const { outgoing, queue } = this.#fault;
    if (part.payload) return this.#passed(part, outgoing && ((frame) => outgoing(frame, this.#scene)));
    if (verb.toUpperCase() !== 'SUB' || !queue) return [writePart(part)];
    const rest = words(part.line).slice(2);
    const group = queue(subject, rest.length > 1 ? rest[0] : undefined);
    return [writePart({ line: ['SUB', subject, ...(group ? [group] : []), rest.at(-1)].join(' ') })];
  }

  #toClient(part: Part): readonly Buffer[] {
    const { incoming } = this.#fault;
    return part.payload ? this.#passed(part, incoming && ((frame) => incoming(frame, this.#scene))) : [writePart(part)];
  }

  /** What belongs to the NATS client itself and to JetStream passes unchanged. */
  #passed(part: Part, spoil: Frames | undefined): readonly Buffer[] {
    if (!spoil) return [writePart(part)];
    const { frame, sid } = readFrame(part);
    if (frame.subject.startsWith('$')) return [writePart(part)];
    return spoil(frame).map((each) => (each === frame ? writePart(part) : writeFrame({ frame: each, sid }, frame)));
  }

  #publish(subject: string, body: object): void {
    const frame: WireFrame = { subject, body: Buffer.from(JSON.stringify(body)) };
    if (this.#upstream?.writable) this.#upstream.write(writeFrame({ frame, sid: undefined }));
  }
}

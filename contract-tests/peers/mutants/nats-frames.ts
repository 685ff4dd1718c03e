/** One message on its way between a NATS client and its server. */
export interface WireFrame {
  readonly subject: string;
  readonly reply?: string | undefined;
  /** The header block as it is on the wire. */
  readonly headers?: Buffer | undefined;
  readonly body: Buffer;
  /** The body when it is a JSON object. A frame with another object here is written anew. */
  readonly json?: Body | undefined;
}

/** A body in the hands of a fault, free to be changed. */
// biome-ignore lint/suspicious/noExplicitAny: faults reach into bodies of every kind, right and wrong ones
export type Body = Record<string, any>;

/** One step of the NATS protocol: a line, and the bytes that some lines announce. */
export interface Part {
  readonly line: string;
  readonly payload?: Buffer;
}

const end = Buffer.from('\r\n');
const announcing = /^(?:PUB|HPUB|MSG|HMSG)\s/i;

/** Cuts one direction of a connection into its parts. */
export class PartReader {
  #rest: Buffer = Buffer.alloc(0);

  read(chunk: Buffer): Part[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const parts: Part[] = [];
    for (let part = this.#next(); part; part = this.#next()) parts.push(part);
    return parts;
  }

  #next(): Part | undefined {
    const at = this.#rest.indexOf(end);
    if (at < 0) return undefined;
    const line = this.#rest.toString('utf8', 0, at);
    const from = at + end.length;
    if (!announcing.test(line)) {
      this.#rest = this.#rest.subarray(from);
      return { line };
    }
    const size = Number(words(line).at(-1));
    if (this.#rest.length < from + size + end.length) return undefined;
    const payload = this.#rest.subarray(from, from + size);
    this.#rest = this.#rest.subarray(from + size + end.length);
    return { line, payload };
  }
}

export const writePart = ({ line, payload }: Part): Buffer =>
  Buffer.concat(payload ? [Buffer.from(line), end, payload, end] : [Buffer.from(line), end]);

/** A line's words; clients write two spaces where an optional one is missing. */
export const words = (line: string): string[] => line.trim().split(/\s+/);

/** A frame and, when the server delivers it, the subscription it is for. */
export interface Carried {
  readonly frame: WireFrame;
  readonly sid: string | undefined;
}

/** Reads a part that carries a message. */
export function readFrame({ line, payload = Buffer.alloc(0) }: Part): Carried {
  const [verb = '', subject = '', ...rest] = words(line);
  const isDelivered = /MSG$/i.test(verb);
  const hasHeaders = /^H/i.test(verb);
  const sizes = hasHeaders ? 2 : 1;
  const [sid] = isDelivered ? rest : [];
  const [reply] = rest.slice(isDelivered ? 1 : 0, rest.length - sizes);
  const headerBytes = hasHeaders ? Number(rest.at(-2)) : 0;
  const body = payload.subarray(headerBytes);
  const headers = hasHeaders ? payload.subarray(0, headerBytes) : undefined;
  return { frame: { subject, reply, headers, body, json: objectIn(body) }, sid };
}

/** Writes a frame as it goes to the server, or with `sid` to a client; `before` is the frame it was made from. */
export function writeFrame({ frame, sid }: Carried, before?: WireFrame): Buffer {
  const { subject, reply, headers, json } = frame;
  const body = json !== before?.json ? Buffer.from(JSON.stringify(json)) : frame.body;
  const sizes = headers ? [headers.length, headers.length + body.length] : [body.length];
  const verb = `${headers ? 'H' : ''}${sid === undefined ? 'PUB' : 'MSG'}`;
  const line = [verb, subject, sid, reply, ...sizes].filter((word) => word !== undefined).join(' ');
  return writePart({ line, payload: headers ? Buffer.concat([headers, body]) : body });
}

function objectIn(body: Buffer): Body | undefined {
  if (body[0] !== 0x7b) return undefined;
  try {
    return JSON.parse(body.toString()) as Body;
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof RangeError) return undefined;
    throw cause;
  }
}

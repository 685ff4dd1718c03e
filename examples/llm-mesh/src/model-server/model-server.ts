import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject, JsonValue } from '@agentnet/protocol';
import { isObject } from '../providers/read-events.js';
import { type Api, apis } from './apis.js';
import type { Answer, Model } from './model.js';

export interface ModelServerOptions {
  readonly model: Model;
  /** 0 takes a free one. @default 0 */
  readonly port?: number;
  /** The key callers must bring; any when absent. */
  readonly key?: string;
}

/** A server on this machine that speaks both APIs. */
export interface ModelServer extends AsyncDisposable {
  /** Without `/v1`. */
  readonly url: string;
  /** The bodies of all requests, in order. */
  readonly requests: readonly JsonObject[];
}

const longestBody = 4 * 1024 * 1024;

/** Serves a model as `/v1/chat/completions` and `/v1/messages`, streaming only. */
export async function startModelServer({ model, port = 0, key }: ModelServerOptions): Promise<ModelServer> {
  const requests: JsonObject[] = [];
  const server = createServer((request, response) => {
    serve(request, response, { model, key, requests }).catch((cause: unknown) => response.destroy(cause as Error));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Desk extends Pick<ModelServerOptions, 'model'> {
  readonly key: string | undefined;
  readonly requests: JsonObject[];
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { model, key, requests }: Desk,
): Promise<void> {
  const api = apis.find(({ path }) => path === request.url);
  if (!api || request.method !== 'POST') return refuse(response, { status: 404 }, 'there is no such call');
  const given = api.keyOf(request.headers);
  if (given === '' || (key !== undefined && given !== key))
    return refuse(response, { status: 401 }, `the key ${given} is wrong`);
  const body = await readBody(request);
  if (!isObject(body)) return refuse(response, { status: 400 }, 'the body must be a JSON object');
  requests.push(body);
  const answer = model(api.read(body));
  if (answer.status !== undefined) return refuse(response, answer, 'not now');
  stream(response, api, answer);
}

function stream(response: ServerResponse, api: Api, answer: Answer): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const events = api.write(answer);
  if (!answer.cut) return void response.end(events.join(''));
  response.write(events.slice(0, Math.ceil(events.length / 2)).join(''), () => response.destroy());
}

function refuse(response: ServerResponse, { status = 400, retryAfter }: Answer, message: string): void {
  const headers = {
    'content-type': 'application/json',
    ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
  };
  response.writeHead(status, headers).end(JSON.stringify({ error: { message } }));
}

async function readBody(request: IncomingMessage): Promise<JsonValue> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > longestBody) return null;
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as JsonValue;
  } catch {
    return null;
  }
}

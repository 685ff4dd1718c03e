import { setTimeout as wait } from 'node:timers/promises';
import type { Secret } from '../config/secret.js';
import { ModelError, type ModelErrorCode } from './model-error.js';

export interface ModelCall {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly key: Secret;
  readonly signal: AbortSignal;
}

/** How the wait between attempts is spent; tests do not wait. */
export type Pause = (ms: number, signal: AbortSignal) => Promise<void>;

export const pauseForReal: Pause = (ms, signal) => wait(ms, undefined, { signal });

const attempts = 4;
const firstPauseMs = 500;
/** A server that wants us to wait longer than this is reported instead. */
const longestPauseMs = 30_000;
const shownErrorCharacters = 300;

/**
 * Opens the stream of one answer. Refusals for the moment (429, 5xx, no connection) are tried again, after as long as `retry-after` says.
 *
 * @throws {ModelError}
 */
export async function callModel(call: ModelCall, pause: Pause): Promise<ReadableStream<Uint8Array>> {
  for (let attempt = 1; ; attempt += 1) {
    const failure = await tryOnce(call);
    if (failure instanceof ReadableStream) return failure;
    const pauseMs = failure.retryAfterMs ?? firstPauseMs * 2 ** (attempt - 1);
    if (!failure.passing || attempt === attempts || pauseMs > longestPauseMs) throw failure.error;
    await pause(pauseMs, call.signal);
  }
}

interface Failure {
  readonly error: ModelError;
  /** Whether the same call can succeed later. */
  readonly passing: boolean;
  readonly retryAfterMs?: number | undefined;
}

async function tryOnce({ url, headers, body, key, signal }: ModelCall): Promise<ReadableStream<Uint8Array> | Failure> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
      body: JSON.stringify(body),
      signal,
      // A redirect would take the key to another server.
      redirect: 'error',
    });
  } catch (cause) {
    signal.throwIfAborted();
    const detail = `no answer from ${url.origin}; is the address right and the server up?`;
    return { error: new ModelError('model_unavailable', detail, { cause }), passing: true };
  }
  if (response.ok && response.body) return response.body;
  return toFailure(response, key.redact(await readStart(response)));
}

function toFailure(response: Response, said: string): Failure {
  const { status } = response;
  const code = codeOf(status);
  const detail = `the model's server answered ${status}: ${said}; ${remedies[code]}`;
  const passing = code === 'model_rate_limited' || code === 'model_unavailable';
  return { error: new ModelError(code, detail), passing, retryAfterMs: retryAfterMs(response.headers) };
}

function codeOf(status: number): Exclude<ModelErrorCode, 'model_answer_cut' | 'model_answer_unreadable'> {
  if (status === 401 || status === 403) return 'model_unauthorized';
  if (status === 429) return 'model_rate_limited';
  return status >= 500 ? 'model_unavailable' : 'model_refused';
}

const remedies = {
  model_unauthorized: 'check the key in the variable that key_env names',
  model_rate_limited: 'wait, or ask the provider for a higher limit',
  model_unavailable: 'try again later',
  model_refused: 'check model, max_tokens and the base URL',
} as const;

/** `retry-after` in seconds or as a date. */
function retryAfterMs(headers: Headers): number | undefined {
  const text = headers.get('retry-after')?.trim();
  if (!text) return undefined;
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** The start of an error page in one line; a server may send pages without end. */
async function readStart(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length >= shownErrorCharacters) break;
    }
  } catch {
    text += ' (cut off)';
  }
  return text
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, shownErrorCharacters);
}

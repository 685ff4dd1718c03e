import { setTimeout as pause } from 'node:timers/promises';
import { history, subjects } from '@agentnet/protocol';
import { jetstreamManager } from '@nats-io/jetstream';
import { aMessage, freshMessageId, type MessageText, type RawClient, uniqueName } from '../harness/index.js';

export const threadCount = 10;
export const payload = { text: 'yo' };
const chunkSize = 25;
const pauseMs = 25;
const confirmTimeoutMs = 2_000;

/** Agents that send without pause, and send again what NATS did not confirm, as agents do. */
export interface MessageLoad {
  readonly prefix: string;
  /** What the stream has taken, in order. */
  readonly accepted: readonly MessageText[];
  /** Messages put on the wire, repetitions included. */
  readonly published: number;
  /** Resolves once the last message is confirmed. */
  stop(): Promise<void>;
  /** Sends again after `stop`. */
  goOn(): void;
}

export interface MessageLoadOptions {
  /** Bytes of further payload in each message. */
  readonly padding?: number;
}

export function sendMessages(client: RawClient, { padding = 0 }: MessageLoadOptions = {}): MessageLoad {
  const prefix = uniqueName('thread');
  const accepted: MessageText[] = [];
  let stopped = false;
  let published = 0;
  const send = async (): Promise<void> => {
    while (!stopped) {
      const chunk = Array.from({ length: chunkSize }, (_, index) =>
        messageOf(prefix, accepted.length + index, padding),
      );
      do published += chunk.length;
      while (!(await publish(client, chunk)));
      accepted.push(...chunk);
      await pause(pauseMs);
    }
  };
  let running = send();
  return {
    prefix,
    accepted,
    get published() {
      return published;
    },
    stop() {
      stopped = true;
      return running;
    },
    goOn() {
      stopped = false;
      running = send();
    },
  };
}

function messageOf(prefix: string, index: number, padding: number): MessageText {
  return aMessage({
    message_id: freshMessageId(),
    from: 'acct_ann',
    to: 'acct_bob',
    thread_id: `${prefix}_${index % threadCount}`,
    payload: padding === 0 ? payload : { ...payload, padding: 'x'.repeat(padding) },
  });
}

/** Whether the stream has stored the whole chunk. Nobody else may publish meanwhile. */
async function publish(client: RawClient, chunk: readonly MessageText[]): Promise<boolean> {
  try {
    const before = await storedUpTo(client);
    for (const message of chunk) client.publish(subjects.accountInbox('acct_bob'), message);
    for (let asked = 0; asked < 5; asked += 1) if ((await storedUpTo(client)) >= before + chunk.length) return true;
  } catch {
    // The server is away: whether the chunk arrived is not known.
    await pause(pauseMs);
  }
  return false;
}

async function storedUpTo({ connection }: RawClient): Promise<number> {
  const { streams } = await jetstreamManager(connection, { timeout: confirmTimeoutMs, checkAPI: false });
  return (await streams.info(history.stream)).state.last_seq;
}

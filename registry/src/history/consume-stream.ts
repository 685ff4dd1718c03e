import { history, limits } from '@agentnet/protocol';
import { type JsMsg, jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { type Captured, instantText } from './captured.js';
import type { HistoryCounters } from './counters.js';

export interface StreamFeed extends AsyncIterable<Captured> {
  /** Takes no more from the stream; what has arrived is still delivered, then the feed ends. */
  close(): void;
  /** Brings `ahead` up to date when nothing is being read. */
  measure(): void;
}

/** What the stream holds, oldest first, shared with the other registries. Ends, or throws, when the stream is gone. */
export async function consumeStream(connection: NatsConnection, counters: HistoryCounters): Promise<StreamFeed> {
  const consumer = await jetstream(connection).consumers.get(history.stream, history.consumer);
  const messages = await consumer.consume({
    max_messages: limits.historyBatchMaxMessages,
    abort_on_missing_resource: true,
  });
  return {
    close: () => messages.stop(),
    measure() {
      // Only for the eye; the next measure, or message, corrects it.
      consumer.info().then(
        (info) => {
          counters.ahead = info.num_pending + messages.getPending();
        },
        () => {},
      );
    },
    async *[Symbol.asyncIterator]() {
      for await (const message of messages) {
        counters.ahead = message.info.pending + messages.getPending();
        counters.inHand += 1;
        yield toCaptured(message);
      }
    },
  };
}

function toCaptured(message: JsMsg): Captured {
  const { info } = message;
  const nanos = message.timestampNanos;
  return {
    captureId: `${nanos}-${info.streamSequence}`,
    subject: message.subject,
    body: message.data,
    receivedAt: instantText(nanos),
    done: () => message.ack(),
    keep: () => message.working(),
  };
}

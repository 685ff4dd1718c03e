import { limits } from '@agentnet/protocol';
import type { Room } from './arrivals.js';
import type { Captured } from './captured.js';

/** Bytes of one statement: large enough for the usual batch, small enough for the embedded database's memory. */
const maxBytes = 4_000_000;
const maxMessages = limits.historyBatchMaxMessages;

export interface BatchSource {
  /** Whether something waits, once that is so; false when nothing will come any more. */
  arrived(): Promise<boolean>;
  take(room: Room): readonly Captured[];
}

/** Groups what arrives: a batch ends when it is full or `historyFlushMs` after its first message. */
export async function* batches(source: BatchSource): AsyncGenerator<Captured[]> {
  while (await source.arrived()) {
    const batch: Captured[] = [];
    let bytes = 0;
    const flush = deadline(limits.historyFlushMs);
    try {
      do {
        for (const captured of source.take({ messages: maxMessages - batch.length, bytes: maxBytes - bytes })) {
          batch.push(captured);
          bytes += captured.body.length;
        }
      } while (
        batch.length < maxMessages &&
        bytes < maxBytes &&
        (await Promise.race([source.arrived(), flush.passed]))
      );
    } finally {
      flush.cancel();
    }
    yield batch;
  }
}

function deadline(ms: number): { passed: Promise<false>; cancel(): void } {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  return { passed, cancel: () => clearTimeout(timer) };
}

import { limits } from '@agentnet/protocol';
import type { Captured } from './captured.js';

/** Bytes of one statement: large enough for the usual batch, small enough for the embedded database's memory. */
const maxBytes = 4_000_000;

/** Groups what arrives: a batch ends when it is full or `historyFlushMs` after its first message. */
export async function* batches(source: AsyncIterable<Captured>): AsyncGenerator<Captured[]> {
  const iterator = source[Symbol.asyncIterator]();
  let next = iterator.next();
  try {
    for (let first = await next; !first.done; first = await next) {
      const batch = [first.value];
      let bytes = first.value.body.length;
      next = iterator.next();
      const flush = deadline(limits.historyFlushMs);
      while (batch.length < limits.historyBatchMaxMessages && bytes < maxBytes) {
        const arrived = await Promise.race([next, flush.passed]);
        if (!arrived || arrived.done) break;
        batch.push(arrived.value);
        bytes += arrived.value.body.length;
        next = iterator.next();
      }
      flush.cancel();
      yield batch;
    }
  } finally {
    // Whoever stops early no longer hears how the source ends.
    next.catch(() => {});
  }
}

function deadline(ms: number): { passed: Promise<undefined>; cancel(): void } {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  return { passed, cancel: () => clearTimeout(timer) };
}

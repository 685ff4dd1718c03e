import { subjectPatterns } from '@agentnet/protocol';
import type { NatsConnection } from '@nats-io/nats-core';
import { decodeBody, formatRecordedFrame, type RecordedFrame } from './captured-frame.js';

/** Takes down what passes on a NATS server. */
export interface WireCapture {
  readonly frames: readonly RecordedFrame[];
  /** Everything heard so far as lines that `readCaptures` reads, after what the server has sent up to now. */
  lines(): Promise<string>;
}

// Of overlapping patterns one is enough; `historyTapped` is traffic between registries.
const { replyInbox: _covered, historyTapped: _internal, ...patterns } = subjectPatterns;

/** Listens to all protocol subjects of `connection`, which must serve nothing else. */
export async function captureWire(connection: NatsConnection): Promise<WireCapture> {
  const frames: RecordedFrame[] = [];
  let beganAtMs: number | undefined;
  for (const pattern of Object.values(patterns)) {
    connection.subscribe(pattern, {
      callback: (error, { subject, reply, data }) => {
        if (error) return;
        const nowMs = performance.now();
        beganAtMs ??= nowMs;
        const frame = { n: frames.length + 1, subject, size: data.length, afterMs: nowMs - beganAtMs };
        frames.push({ ...frame, body: decodeBody(data), ...(reply ? { reply } : {}) });
      },
    });
  }
  await connection.flush();
  return {
    frames,
    async lines() {
      await connection.flush();
      return frames.map((frame) => `${formatRecordedFrame(frame)}\n`).join('');
    },
  };
}

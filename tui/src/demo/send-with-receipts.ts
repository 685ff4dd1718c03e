import { decodeJson, ProtocolError, subjects } from '@agentnet/protocol';
import { milliseconds } from '../output/milliseconds.js';
import { retryUntil } from './retry-until.js';
import type { Scene, Step } from './scene.js';

/** Milliseconds on our clock at which each receipt arrived, by message id and status. */
type Arrivals = Map<string, Map<string, number>>;

/** Sends one message and shows what the receiver tells about it: accepted, then processed. */
export const sendWithReceipts: Step = {
  title: 'A message to @echo, with its receipts',
  async perform(scene) {
    const arrivals: Arrivals = new Map();
    const subscription = recordReceipts(scene, arrivals);
    try {
      // The receipts must not come before the server knows that we listen.
      await scene.flush();
      return await send(scene, arrivals);
    } finally {
      subscription.unsubscribe();
    }
  },
};

async function send({ cast, threadId, signal }: Scene, arrivals: Arrivals) {
  const payload = { text: 'Hello, echo!' };
  const startedAt = performance.now();
  const { messageId } = await cast.guide.sendToUsername({ username: cast.echo.username, payload, threadId, signal });
  const seen = await retryUntil(
    async () => arrivals.get(messageId) ?? new Map<string, number>(),
    (statuses) => statuses.has('accepted') && statuses.has('processed'),
    { signal, failure: () => new ProtocolError('delivery_ack_timeout', `receipts of ${messageId} are missing`) },
  );
  const after = (status: string) => milliseconds((seen.get(status) ?? 0) - startedAt);
  return {
    facts: { message_id: messageId, accepted_ms: after('accepted'), processed_ms: after('processed') },
    lines: [
      `sent       ${JSON.stringify(payload)}`,
      `accepted   after ${after('accepted')} ms: @echo has it in its queue`,
      `processed  after ${after('processed')} ms: @echo is done with it`,
    ],
  };
}

function recordReceipts({ cast, transport }: Scene, arrivals: Arrivals) {
  return transport.subscribe(subjects.accountReceipts(cast.guide.accountId), {}, ({ body }) => {
    const receipt = decodeJson('Receipt', body);
    if (!receipt.ok) return;
    const { message_id, status } = receipt.value;
    const statuses = arrivals.get(message_id ?? '') ?? new Map<string, number>();
    arrivals.set(message_id ?? '', statuses.set(status ?? '', performance.now()));
  });
}

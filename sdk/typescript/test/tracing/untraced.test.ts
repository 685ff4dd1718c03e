import { context, trace } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { aMessage } from '../harness/a-message.js';
import { useNetwork } from '../harness/network.js';

const network = useNetwork();

test('given a program without a tracer, when it sends and handles, then the trace id is the message id and there are no headers [trace.id.default]', async () => {
  const inbox = await network.peer.inbox();
  const node = network.node();
  const handled = new Promise<unknown>((resolve) => {
    node.onMessage(() => resolve(trace.getSpan(context.active())));
  });
  await node.start();
  await node.send({ to: 'acct_raw', payload: 1, requireDeliveryAck: false });
  const sent = await inbox.nextRaw();
  const { message_id, trace_id } = JSON.parse(new TextDecoder().decode(sent.data));
  expect(trace_id).toBe(message_id);
  expect(sent.headers).toBeUndefined();
  network.peer.publish('account.acct_sut.inbox', aMessage({}, network.clock.now()));
  expect(await handled).toBeUndefined();
});

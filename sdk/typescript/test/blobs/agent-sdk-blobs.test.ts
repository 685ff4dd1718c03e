import { expect, it } from 'vitest';
import { AgentSDK, type ReceivedMessage, readBlobRef } from '../../src/index.js';
import { useNetwork } from '../harness/network.js';
import { useFolder } from './use-folder.js';

const network = useNetwork();
const path = useFolder();

it('given two agents on one machine, when one sends a blob by reference, then the other reads the same text', async () => {
  const common = { natsUrl: network.server.url, blobs: { root: path('root') } };
  await using reader = new AgentSDK({ agentId: 'reader', accountId: 'acct_reader', ...common });
  const arrived = new Promise<ReceivedMessage>((resolve) => reader.onMessage(resolve));
  await reader.start();
  await using writer = await AgentSDK.open({ agentId: 'writer', accountId: 'acct_writer', ...common });
  const reference = await writer.putBlobBytes(new TextEncoder().encode('hello'), { filename: 'a.txt' });
  await writer.sendBlobRef('account:acct_reader', reference, { threadId: 'thread_of_blob' });
  const { payload, thread_id } = await arrived;
  const read = readBlobRef(payload);
  expect([read, thread_id]).toEqual([reference, 'thread_of_blob']);
  expect(await reader.getBlobText(read ?? '')).toBe('hello');
  expect(await reader.headBlob(reference.blob_id)).toEqual(reference);
});

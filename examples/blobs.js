import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentSDK, readBlobRef } from '@agentnet/sdk';
import { natsUrl } from './network.js';

// Each agent has a folder of its own, as on two machines; only `nats_object` travels between them.
const home = await mkdtemp(join(tmpdir(), 'agentnet-blobs-'));
const machine = (name) => ({ agentId: name, natsUrl, blobs: { root: join(home, name), storage: 'nats_object' } });
const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');

const archive = new AgentSDK(machine('archive'));
const target = join(home, 'received.bin');
archive.onMessage(async ({ payload }, { reply }) => {
  const reference = readBlobRef(payload);
  // The file appears only after its size and digest were found right.
  await archive.getBlobFile(reference, target);
  await reply({ stored: reference.filename, sha256: digest(await readFile(target)) });
});
await archive.start();

const camera = await AgentSDK.open(machine('camera'));
const picture = randomBytes(2_000_000); // eight times what fits into a message
await writeFile(join(home, 'picture.raw'), picture);
const reference = await camera.putBlobFile(join(home, 'picture.raw'), { mimeType: 'application/octet-stream' });
const { payload } = await camera.askJson('@archive', reference);
await Promise.all([camera.close(), archive.close()]);
await rm(home, { recursive: true });

assert.deepEqual(payload, { stored: 'picture.raw', sha256: digest(picture) });
console.log(`${picture.length} bytes arrived as ${payload.stored}`);

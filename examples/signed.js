// Needs a network whose registry verifies signatures: DEV_AUTH=true npx agentnet up
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentNode } from '@agentnet/sdk';
import { natsUrl } from './network.js';

const keys = await mkdtemp(join(tmpdir(), 'agentnet-keys-'));
// Usernames are bound to their first key, so each run of this program takes new ones.
const run = Date.now().toString(36);
const name = (role) => `${role}_${run}`;
const agent = (role, keyDir) => new AgentNode({ agentId: name(role), natsUrl, auth: { enabled: true, keyDir } });

const bank = agent('bank', join(keys, 'bank'));
bank.onMessage(({ from_agent }, { reply }) => reply({ paid: true, by: from_agent }));
const client = agent('client', join(keys, 'client'));
await Promise.all([bank.start(), client.start()]);
const { payload } = await client.request({ to: `@${name('bank')}`, payload: { pay: 10 } });
assert.deepEqual(payload, { paid: true, by: name('client') });

// Somebody else with the same name but another key is not let in.
const thief = agent('client', join(keys, 'thief'));
const refusal = await thief.start().then(
  () => 'let in',
  ({ code }) => code,
);
assert.equal(refusal, 'auth_public_key_mismatch');

// After a rotation the account goes on with the new key, which the old one signed.
await client.rotateKey();
assert.equal((await client.request({ to: `@${name('bank')}`, payload: { pay: 1 } })).payload.paid, true);
await Promise.all([thief.close(), client.close(), bank.close()]);
console.log(`signed, refused (${refusal}), rotated; key files: ${(await readdir(join(keys, 'client'))).length}`);
await rm(keys, { recursive: true });

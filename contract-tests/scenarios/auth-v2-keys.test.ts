import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type SentMessage, subjects } from '@agentnet/protocol';
import { expect } from 'vitest';
import {
  aMessage,
  detachedAccount,
  eventually,
  eventuallyEqual,
  onEachDatabase,
  type PeerOptions,
  rule,
  signedAccount,
  uniqueName,
  useKeyDir,
  useNetwork,
} from '../harness/index.js';
import { aGate } from './guarded-pair.js';

const unlimited = { rateLimitPerSecond: Number.POSITIVE_INFINITY };

onEachDatabase('keys that change', (database) => {
  const network = useNetwork(database, { env: { AGENT_TTL_SECONDS: '60', DEV_AUTH: 'true' } });
  const keyDir = useKeyDir();
  const signingPeer = (options: PeerOptions = {}) =>
    network().peer({ auth: { enabled: true, keyDir: keyDir() }, inbox: unlimited, ...options });
  const publicKeyOf = async (account_id: string) =>
    (await network().client.ask('resolve_key', { account_id })).public_key;

  rule(
    ['auth.key.rotate', 'auth.key.change', 'auth.key.file'],
    'given messages on their way, when their sender replaces its key, then all are handled, before, during and after, and the key file is the new one',
    async () => {
      const gate = aGate();
      const receiver = await signingPeer({
        inbox: { ...unlimited, maxConcurrency: 1 },
        onMessage: async (_message, { reply }) => {
          await gate.handle();
          await reply('done').catch(() => {});
        },
      });
      const sender = await signingPeer();
      const second = await signingPeer({ agentId: sender.agentId });
      expect(second.accountId).toBe(sender.accountId);
      const before = await publicKeyOf(sender.accountId);
      const asking = sender.request(receiver.accountId, 'before', { timeoutMs: 30_000 });
      const sending = sender.node.send({ to: receiver.accountId, payload: 'before', until: 'processed' });
      await eventually(() => receiver.node.metricsSnapshot().inflight_count === 1);
      const rotation = await sender.node.rotateKey();
      expect(rotation.previousPublicKey).toBe(before);
      expect(await publicKeyOf(sender.accountId)).toBe(rotation.publicKey);
      await sender.send(receiver.accountId, 'after');
      await second.send(receiver.accountId, 'by the other session');
      gate.open();
      expect(await asking).toMatchObject({ payload: 'done' });
      expect((await sending).receipt).toMatchObject({ status: 'processed' });
      await eventuallyEqual(() => receiver.handled.length, 4);
      const file = `${sender.agentId}.json`;
      expect((await readdir(keyDir())).filter((name) => name.startsWith(sender.agentId))).toEqual([file]);
      expect(((await stat(join(keyDir(), file))).mode & 0o777).toString(8)).toBe('600');
      await sender.node.close();
      await sender.node.start();
      expect(sender.node.accountId).toBe(second.accountId);
      await sender.node.revokeKey({ publicKey: before });
      await sender.send(receiver.accountId, 'after the grace');
      await second.send(receiver.accountId, 'by a session that followed');
    },
    { timeout: 60_000 },
  );

  rule(
    ['auth.key.file', 'auth.key.rotate-again'],
    'given a rotation whose answer never came, when the agent starts again, then it goes on with the new key',
    async () => {
      const agentId = uniqueName('crash');
      const home = join(keyDir(), 'crash');
      await mkdir(home);
      const auth = { enabled: true, keyDir: home };
      const first = await signingPeer({ agentId, auth });
      const file = join(home, `${agentId}.json`);
      const old = await readFile(file);
      const { publicKey } = await first.node.rotateKey();
      await first.close();
      // As a crash between the registry's answer and the swap of the files leaves them.
      await rename(file, `${file}.next`);
      await writeFile(file, old, { mode: 0o600 });
      const again = await signingPeer({ agentId, auth });
      expect(again.accountId).toBe(first.accountId);
      expect(await publicKeyOf(again.accountId)).toBe(publicKey);
      expect(await readdir(home)).toEqual([`${agentId}.json`]);
      expect((await again.node.rotateKey()).previousPublicKey).toBe(publicKey);
    },
  );

  rule(
    ['auth.key.revoke', 'auth.key.change'],
    'given a peer that knows a key, when it is revoked, then the peer refuses the next message, and nobody joins for the account again',
    async () => {
      const receiver = await signingPeer();
      const sender = await signingPeer();
      await sender.send(receiver.accountId, 'known');
      const changes = await network().client.subscribe(subjects.keyChanges);
      await sender.node.revokeKey();
      await changes.next();
      const refused = { code: 'delivery_rejected', remoteCode: 'auth_key_revoked' };
      await eventually(() =>
        sender.send(receiver.accountId, 'stolen').then(
          () => false,
          (error: unknown) =>
            Object.entries(refused).every(([name, value]) => (error as Record<string, unknown>)[name] === value),
        ),
      );
      expect(receiver.handled.map(({ payload }) => payload)).toEqual(['known']);
      await sender.close();
      await expect(signingPeer({ agentId: sender.agentId })).rejects.toMatchObject({ code: 'auth_key_revoked' });
      changes.unsubscribe();
    },
  );

  rule(
    'auth.key.change',
    'given a forged announcement, when a peer hears it, then it asks the registry again and goes on',
    async () => {
      const { client } = network();
      const receiver = await signingPeer();
      const sender = await signingPeer();
      await sender.send(receiver.accountId, 'first');
      const questions = await client.subscribe(subjects.registryResolveKey);
      client.publish(subjects.keyChanges, 'no JSON');
      client.publish(subjects.keyChanges, { account_id: sender.accountId, changed_at: '2026-02-21T08:00:00Z' });
      await client.connection.flush();
      await sender.send(receiver.accountId, 'second');
      expect(receiver.handled).toHaveLength(2);
      expect(questions.received.length).toBeLessThanOrEqual(3);
      questions.unsubscribe();
    },
  );
});

onEachDatabase('a network that requires ed25519-v2', (database) => {
  const network = useNetwork(database, { env: { AGENT_TTL_SECONDS: '60', AUTH_REQUIRE: 'v2' } });
  const keyDir = useKeyDir();
  const strictPeer = (options: PeerOptions = {}) =>
    network().peer({ auth: { require: 'v2', keyDir: keyDir() }, inbox: unlimited, ...options });

  rule(
    'auth.v2.required',
    'given agents that require it, when they write to each other, then nothing of the first scheme is on the wire',
    async () => {
      const { client } = network();
      const answerer = await strictPeer({ onMessage: (_message, { reply }) => reply('yes') });
      const asker = await strictPeer();
      const inbox = await client.subscribe(subjects.accountInbox(answerer.accountId));
      expect(await asker.request(answerer.accountId, 'well?')).toMatchObject({ payload: 'yes' });
      expect((await inbox.next()).text).not.toContain('"auth"');
      inbox.unsubscribe();
    },
  );

  rule(
    ['auth.v2.required', 'auth.v2.downgrade'],
    'given others, when they join or write, then registry and peers refuse them with the remedy, and their receipts and replies do not count',
    async () => {
      const { client } = network();
      await expect(signedAccount(client)).rejects.toThrow('auth_v2_required');
      await expect(network().peer({ auth: { enabled: false } })).rejects.toMatchObject({ code: 'auth_v2_required' });
      const sender = await detachedAccount(client);
      const peer = await strictPeer({ retry: { attempts: 0, receiptTimeoutMs: 1_000 } });
      const from = { from: sender.accountId, from_agent: sender.agentId, from_session_tag: sender.sessionTag };
      client.publish(subjects.accountInbox(peer.accountId), aMessage({ ...from, to: peer.accountId }));
      expect((await sender.receipts.next()).json).toMatchObject({ code: 'auth_v2_required' });
      const asking = peer.request(sender.accountId, 'x', { timeoutMs: 20_000 });
      const { json, reply = '' } = await sender.inbox.next();
      const { message_id } = json as SentMessage;
      const answer = { ...from, to: peer.accountId, kind: 'reply', parent_message_id: message_id };
      client.publish(reply, aMessage({ ...answer, payload: 'unsigned' }));
      sender.publish('reply', reply, aMessage({ ...answer, payload: 'signed' }));
      expect(await asking).toMatchObject({ payload: 'signed' });
      const sending = peer.node.send({ to: sender.accountId, payload: 'x' });
      const sent = (await sender.inbox.next()).json as SentMessage;
      client.publish(subjects.accountReceipts(peer.accountId), { message_id: sent.message_id, status: 'accepted' });
      await expect(sending).rejects.toMatchObject({ code: 'delivery_ack_timeout' });
      expect(peer.node.metricsSnapshot().forged_count).toBe(2);
      expect(peer.handled).toHaveLength(0);
    },
  );
});

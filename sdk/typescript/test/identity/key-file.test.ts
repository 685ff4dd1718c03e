import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AgentNetError } from '../../src/errors.js';
import { keyFileName, loadKeyPair } from '../../src/identity/key-file.js';
import { KeyStore } from '../../src/identity/key-store.js';
import { type GoldenKey, golden } from '../harness/golden.js';

const { test_key: testKey, key_file_format: referenceFile } = golden<{
  test_key: GoldenKey;
  key_file_format: Record<string, string>;
}>('register-claims');

const permissions = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

describe('key files [auth.keys.private]', () => {
  let home = '';
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'agentnet-keys-'));
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  test('given no file, when a key is loaded, then it is made for its owner only and stays the same', async () => {
    const keyDir = join(home, 'keys');
    const first = await loadKeyPair({ keyDir, name: 'alice' });
    expect(await permissions(keyDir)).toBe('700');
    expect(await permissions(join(keyDir, 'alice.json'))).toBe('600');
    expect(await readdir(keyDir)).toEqual(['alice.json']);
    const again = await loadKeyPair({ keyDir, name: 'alice' });
    expect(again.publicKey).toBe(first.publicKey);
    expect(JSON.stringify(first)).not.toContain(Buffer.from(first.seed).toString('base64url'));
  });

  test('given ten loads at once, when none has a file yet, then all get the same key', async () => {
    const pairs = await Promise.all(Array.from({ length: 10 }, () => loadKeyPair({ keyDir: home, name: 'alice' })));
    expect(new Set(pairs.map(({ publicKey }) => publicKey)).size).toBe(1);
    expect(await readdir(home)).toEqual(['alice.json']);
  });

  test('given a file of the first version, when loaded, then its key is used and the open mode is reported', async () => {
    const path = join(home, 'alice.json');
    await writeFile(path, JSON.stringify(referenceFile));
    await chmod(path, 0o644);
    const heard: AgentNetError[] = [];
    const { publicKey } = await loadKeyPair({ keyDir: home, name: 'alice', onExposed: (error) => heard.push(error) });
    expect(publicKey).toBe(testKey.public_key);
    expect(heard.map(({ code }) => code)).toEqual(['key_file_exposed']);
  });

  test('given names that would be one when cleaned, when loaded, then each has its own file and key', async () => {
    const names = ['a/b', 'a b', 'a_b', '_a_b', 'a_b.', '日本', '中文', '..', ''];
    const pairs = await Promise.all(names.map((name) => loadKeyPair({ keyDir: home, name })));
    expect(new Set(pairs.map(({ publicKey }) => publicKey)).size).toBe(names.length);
    expect(await readdir(home)).toHaveLength(names.length);
    expect(keyFileName('a_b')).toBe('a_b.json');
    expect(keyFileName('../../etc/passwd')).toMatch(/^etc_passwd~[0-9a-f]{16}\.json$/);
  });

  test.each([
    ['no JSON', '{'],
    ['no keys', '{}'],
    ['null', 'null'],
    ['a short seed', JSON.stringify({ ...referenceFile, private_key: 'AAAA' })],
    ['the key of another', JSON.stringify({ ...referenceFile, public_key: testKey.private_key })],
  ])('given a file with %s, when loaded, then it is refused and left alone', async (_, text) => {
    const path = join(home, 'alice.json');
    await writeFile(path, text, { mode: 0o600 });
    await expect(loadKeyPair({ keyDir: home, name: 'alice' })).rejects.toMatchObject({ code: 'key_file_unusable' });
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  test('given a folder that is a file, when a key is loaded, then it is refused by path', async () => {
    const keyDir = join(home, 'taken');
    await writeFile(keyDir, '');
    await expect(loadKeyPair({ keyDir, name: 'alice' })).rejects.toThrow(`[key_file_unusable] ${keyDir}`);
  });
});

describe('a key that is replaced [auth.key.file]', () => {
  let home = '';
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'agentnet-keys-'));
  });
  afterEach(() => rm(home, { recursive: true, force: true }));
  const store = () => new KeyStore({ keyDir: home, name: 'alice' });

  test('given a rotation that is confirmed while another session looks for its key, then the key is found all the same', async () => {
    await store().load();
    for (let round = 0; round < 100; round++) {
      const offered = await store().stage();
      const looking = Array.from({ length: 4 }, () => store().find(offered.publicKey));
      await store().confirm(offered);
      const found = await Promise.all(looking);
      expect(found.map((pair) => pair?.publicKey)).toEqual(Array(4).fill(offered.publicKey));
    }
  });

  test('given a staged key, when it is staged again, here or elsewhere, then it is the same, and the old one stays', async () => {
    const old = await store().load();
    const [first, second] = await Promise.all([store().stage(), store().stage()]);
    expect(second.publicKey).toBe(first.publicKey);
    expect(first.publicKey).not.toBe(old.publicKey);
    expect((await store().load()).publicKey).toBe(old.publicKey);
    expect((await readdir(home)).sort()).toEqual(['alice.json', 'alice.json.next']);
    expect(await permissions(join(home, 'alice.json.next'))).toBe('600');
    expect((await store().find(first.publicKey))?.publicKey).toBe(first.publicKey);
  });

  test('given a staged key, when it is confirmed twice, then it is the name’s and nothing is left', async () => {
    await store().load();
    const next = await store().stage();
    await Promise.all([store().confirm(next), store().confirm(next)]);
    expect((await store().load()).publicKey).toBe(next.publicKey);
    expect(await store().staged()).toBeUndefined();
    expect(await readdir(home)).toEqual(['alice.json']);
  });

  test('given a revoked key, when it is shelved, then the next load makes another and the old file is kept', async () => {
    const old = await store().load();
    await store().shelve();
    expect((await store().load()).publicKey).not.toBe(old.publicKey);
    expect((await readdir(home)).filter((name) => name.endsWith('.revoked'))).toHaveLength(1);
  });
});

import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type KeyPair, keyPairOf } from '@agentnet/sdk/identity';

/** The same key for the same name, in every run and language. */
export function keyOf(name: string): KeyPair {
  return keyPairOf(createHash('sha256').update(`pact:${name}`).digest());
}

/** `{key:weather}` in the interactions stands for the public key of that name. */
export function withKeys(text: string): string {
  return text.replace(/\{key:(\w+)\}/g, (_, name: string) => keyOf(name).publicKey);
}

/** Leaves the key of `name` where an agent looks for that of `file`. */
export async function writeKeyFile(keyDir: string, file: string, name: string): Promise<void> {
  const { seed, publicKey } = keyOf(name);
  const content = { private_key: Buffer.from(seed).toString('base64url'), public_key: publicKey };
  await mkdir(keyDir, { recursive: true, mode: 0o700 });
  await writeFile(join(keyDir, file), JSON.stringify(content), { mode: 0o600 });
}

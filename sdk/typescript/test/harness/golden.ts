import { readFileSync } from 'node:fs';

/** Reads vectors recorded from the protocol's first version. */
export function golden<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../golden/${name}.json`, import.meta.url), 'utf8')) as T;
}

/** A key pair of the golden files; public, for tests only. */
export interface GoldenKey {
  readonly seed_hex: string;
  readonly private_key: string;
  readonly public_key: string;
}

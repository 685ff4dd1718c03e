import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = new URL('golden/', import.meta.resolve('@agentnet/contract-tests/package.json'));

/** Reads vectors recorded from the protocol's first version. */
export function golden<T>(name: string): T {
  return JSON.parse(readFileSync(fileURLToPath(new URL(`${name}.json`, folder)), 'utf8')) as T;
}

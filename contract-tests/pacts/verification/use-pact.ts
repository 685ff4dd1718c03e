import './quiet-environment.js';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pact } from '@pact-foundation/pact';
import { afterAll } from 'vitest';
import { canonicalPact, readPact } from './pact-file.js';

/** A pact that the tests of one file write, into a folder of their own. */
export interface WrittenPact {
  readonly pact: Pact;
  /** What was written, and what is committed; committed first, where `PACT_WRITE=1` asks for that. */
  settle(): { written: string; committed: string };
}

/** Of one file: parallel writers lose each other's interactions. */
export function usePact(consumer: string, provider: string): WrittenPact {
  const dir = mkdtempSync(join(tmpdir(), 'agentnet-pact-'));
  const name = `${consumer}-${provider}.json`;
  const file = new URL(`../${name}`, import.meta.url);
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  return {
    pact: new Pact({ consumer, provider, dir, logLevel: 'error' }),
    settle() {
      const written = canonicalPact(readPact(join(dir, name)));
      if (process.env['PACT_WRITE'] === '1') writeFileSync(file, written);
      return { written, committed: existsSync(file) ? readFileSync(file, 'utf8') : '' };
    },
  };
}

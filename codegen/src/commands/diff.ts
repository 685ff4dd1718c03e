import { rmSync } from 'node:fs';
import { isBreaking } from '../diff/change.js';
import { compareProtocols } from '../diff/compare-protocols.js';
import { bundleSpec } from '../load/bundle.js';
import { checkoutSpec } from '../load/checkout-spec.js';
import { loadSpec } from '../load-spec.js';
import { buildProtocol } from '../model/build-protocol.js';
import type { Protocol } from '../model/protocol.js';

export interface DiffOptions {
  readonly specFolder: string;
  readonly revision: string;
  /** Breaking changes do not fail. */
  readonly allow: boolean;
}

/** Shows what changed in the spec since a git revision; the exit code is 1 when that breaks somebody. */
export async function diff(
  { specFolder, revision, allow }: DiffOptions,
  print: (line: string) => void,
): Promise<number> {
  const before = readRevision(specFolder, revision);
  const { protocol: after } = await loadSpec(specFolder);
  const changes = compareProtocols(before, after);
  for (const { effect, where, what } of changes) print(`${effect.padEnd(6)}  ${where}: ${what}`);
  const breaking = changes.filter(isBreaking).length;
  print(`${changes.length} changes since ${revision}, ${breaking} breaking`);
  if (breaking === 0) return 0;
  print(
    allow ? 'Breaking changes are allowed by --allow.' : 'Make them additive, or pass --allow and raise the version.',
  );
  return allow ? 0 : 1;
}

/** Not linted: an older version need not keep today's conventions. */
function readRevision(specFolder: string, revision: string): Protocol {
  const folder = checkoutSpec(specFolder, revision);
  try {
    return buildProtocol(bundleSpec(folder, `${revision}:spec`));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

import { basename, resolve } from 'node:path';
import { lint } from './lint/lint.js';
import { type Bundle, bundleSpec } from './load/bundle.js';
import { SpecError } from './load/finding.js';
import { parseAsyncApi } from './load/parse-asyncapi.js';
import { type Example, readExamples } from './load/read-examples.js';
import { buildProtocol } from './model/build-protocol.js';
import type { Protocol } from './model/protocol.js';

/** A spec without findings. */
export interface Spec {
  readonly bundle: Bundle;
  readonly protocol: Protocol;
  readonly examples: readonly Example[];
}

/**
 * Reads and checks everything in `specFolder`.
 *
 * @throws {SpecError} with all findings.
 */
export async function loadSpec(specFolder: string): Promise<Spec> {
  const shownFolder = basename(resolve(specFolder));
  const bundle = bundleSpec(specFolder, shownFolder);
  const { examples, findings } = readExamples(specFolder, shownFolder);
  findings.push(...(await parseAsyncApi(bundle)), ...lint(bundle, examples));
  if (findings.length > 0) throw new SpecError(findings);
  return { bundle, protocol: buildProtocol(bundle), examples };
}

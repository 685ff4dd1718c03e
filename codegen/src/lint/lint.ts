import type { Bundle } from '../load/bundle.js';
import type { Finding } from '../load/finding.js';
import type { Example } from '../load/read-examples.js';
import type { RawSpec } from '../model/raw-spec.js';
import { channels } from './channels.js';
import { errorCodes } from './error-codes.js';
import { examples } from './examples.js';
import { limits } from './limits.js';
import type { LintContext, LintRule } from './lint-rule.js';
import { operations } from './operations.js';
import { rules } from './rules.js';
import { schemas } from './schemas.js';
import { structure } from './structure.js';
import { tools } from './tools.js';

const lintRules: readonly LintRule[] = [schemas, channels, operations, errorCodes, limits, rules, tools, examples];

/** Everything that is wrong with the spec and that the AsyncAPI parser does not see, in the order of the files. */
export function lint(bundle: Bundle, given: readonly Example[]): Finding[] {
  const findings: Finding[] = [];
  const context: LintContext = {
    bundle,
    spec: bundle.document as unknown as RawSpec,
    examples: given,
    report: (pointer, what, remedy) => findings.push({ where: bundle.locate(pointer), what, remedy }),
    reportFile: (where, what, remedy) => findings.push({ where, what, remedy }),
  };
  structure(context);
  // The other rules trust the structure.
  if (findings.length === 0) for (const rule of lintRules) rule(context);
  return findings;
}

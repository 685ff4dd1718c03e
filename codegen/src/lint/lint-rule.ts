import type { Bundle } from '../load/bundle.js';
import type { Example } from '../load/read-examples.js';
import type { RawSpec } from '../model/raw-spec.js';
import type { Report } from '../model/read-shape.js';

/** What every lint rule gets to see. */
export interface LintContext {
  readonly bundle: Bundle;
  /** Only after the structure rule has passed may a rule trust these types. */
  readonly spec: RawSpec;
  readonly examples: readonly Example[];
  /** Adds a finding at a place of the bundle. */
  readonly report: Report;
  /** Adds a finding about a file outside the bundle. */
  readonly reportFile: (file: string, what: string, remedy: string) => void;
}

/** Checks one aspect of the spec that the AsyncAPI parser does not. */
export type LintRule = (context: LintContext) => void;

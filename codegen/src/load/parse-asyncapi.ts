import { Parser } from '@asyncapi/parser';
import type { Bundle } from './bundle.js';
import type { Finding } from './finding.js';
import { joinPointer } from './json-pointer.js';

/** What the AsyncAPI parser says about the bundle. Hints and style rules are not errors: this project's own lint is stricter. */
export async function parseAsyncApi(bundle: Bundle): Promise<Finding[]> {
  const { diagnostics } = await new Parser().parse(bundle.text, { source: 'asyncapi.bundle.json' });
  return diagnostics
    .filter((diagnostic) => diagnostic.severity === 0)
    .map((diagnostic) => ({
      where: bundle.locate(joinPointer('', ...diagnostic.path)),
      what: `${diagnostic.message} (${diagnostic.code})`,
      remedy: 'Correct it as AsyncAPI 3.0.0 wants it: https://www.asyncapi.com/docs/reference/specification/v3.0.0.',
    }));
}

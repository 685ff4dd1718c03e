import { joinPointer } from '../load/json-pointer.js';
import type { LintContext, LintRule } from './lint-rule.js';

/** Limits the generated code itself uses. */
const neededLimits = ['jsonMaxDepth', 'replyMaxBytes'];

/** A number in a schema equals the limit it says it is. */
export const limits: LintRule = (context) => {
  const { spec, report } = context;
  for (const name of neededLimits) {
    if (!Object.hasOwn(spec['x-limits'], name))
      report('/x-limits', `the limit '${name}' is missing`, 'Add it: generated clients and services use it.');
  }
  for (const [name, schema] of Object.entries(spec.components.schemas))
    visit(schema, joinPointer('/components/schemas', name), context);
};

function visit(node: unknown, at: string, context: LintContext): void {
  if (node === null || typeof node !== 'object') return;
  const { 'x-limit': named, ...rest } = node as Record<string, unknown>;
  if (named !== undefined) checkNamed(named, rest, joinPointer(at, 'x-limit'), context);
  for (const [key, value] of Object.entries(rest)) visit(value, joinPointer(at, key), context);
}

function checkNamed(named: unknown, schema: Record<string, unknown>, at: string, { spec, report }: LintContext): void {
  if (named === null || typeof named !== 'object') {
    report(at, 'x-limit is not a map', 'Write `x-limit: { <keyword>: <limit name> }`.');
    return;
  }
  for (const [keyword, name] of Object.entries(named)) {
    const place = joinPointer(at, keyword);
    const limit = spec['x-limits'][String(name)];
    if (!limit) report(place, `there is no limit '${String(name)}'`, 'Add it to x-limits, or correct the name.');
    else if (schema[keyword] === undefined)
      report(place, `there is no \`${keyword}\` beside it`, `Add \`${keyword}: ${limit.value}\`.`);
    else if (schema[keyword] !== limit.value)
      report(
        place,
        `\`${keyword}\` is ${String(schema[keyword])}, but '${String(name)}' is ${limit.value}`,
        'Make them equal.',
      );
  }
}

import { joinPointer } from '../load/json-pointer.js';
import type { LintContext, LintRule } from './lint-rule.js';

const requirementWords = /\b(MUST|MUST NOT|SHALL|SHALL NOT|SHOULD|SHOULD NOT|MAY|REQUIRED|RECOMMENDED|OPTIONAL)\b/;

/** Rules have unique dotted ids and are requirements; texts that cite a rule cite one that exists. */
export const rules: LintRule = (context) => {
  const { spec, report } = context;
  const ids = new Set<string>();
  for (const [index, { id, text }] of spec['x-rules'].entries()) {
    const at = joinPointer('/x-rules', index);
    if (!/^[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+$/.test(id))
      report(joinPointer(at, 'id'), `'${id}' is not a dotted lower-case id`, 'Write it like `inbox.ttl.expired`.');
    if (ids.has(id)) report(joinPointer(at, 'id'), `the id '${id}' is used twice`, 'Give each rule its own id.');
    ids.add(id);
    if (!requirementWords.test(text))
      report(joinPointer(at, 'text'), `rule '${id}' requires nothing`, 'Say it with MUST, SHOULD or MAY (RFC 2119).');
  }
  for (const [name, operation] of Object.entries(spec.operations)) {
    for (const [index, id] of (operation['x-rules'] ?? []).entries())
      requireRule(id, ids, joinPointer('/operations', name, 'x-rules', index), context);
  }
  visitTexts(spec, '', (text, at) => {
    for (const [, id = ''] of text.matchAll(/\brules? `([a-z0-9.-]+)`/g)) requireRule(id, ids, at, context);
  });
};

function requireRule(id: string, ids: ReadonlySet<string>, at: string, { report }: LintContext): void {
  if (!ids.has(id)) report(at, `there is no rule '${id}'`, 'Add it to x-rules, or correct the id.');
}

function visitTexts(node: unknown, at: string, visit: (text: string, at: string) => void): void {
  if (typeof node === 'string') visit(node, at);
  else if (node !== null && typeof node === 'object')
    for (const [key, value] of Object.entries(node)) visitTexts(value, joinPointer(at, key), visit);
}

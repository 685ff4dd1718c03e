import { readdirSync, readFileSync } from 'node:fs';
import { type RuleId, rules } from '@agentnet/protocol';
import { expect, test } from 'vitest';

/** Groups of conformance cases the scenarios must cover, by level. */
const coveredGroups = { W: 'IPSMRTBXGA', B: 'IPSTBXGMRA' } as const;

const scenarios = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.ts'));
const quoted = scenarios.flatMap((name) =>
  [...readFileSync(`${import.meta.dirname}/${name}`, 'utf8').matchAll(/'([a-z][\w.-]+)'/g)].map(
    ([, text = '']) => text,
  ),
);
const cited = new Set(quoted);

test('given the rules of the covered cases, when the scenarios are read, then each rule is cited by one', () => {
  const required = (Object.keys(rules) as RuleId[]).filter((id) => {
    const { level, cases } = rules[id];
    return cases.some((name) => coveredGroups[level].includes(name.charAt(0)));
  });
  const uncited = required.filter((id) => !cited.has(id)).map((id) => `${id} (${rules[id].cases.join(', ')})`);
  expect(uncited).toEqual([]);
});

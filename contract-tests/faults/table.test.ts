import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { faults } from './faults.js';

test('given the faults, when the table in the README of the registry is read, then it has a row for each and no other', () => {
  const readme = readFileSync(new URL('../../registry/README.md', import.meta.url), 'utf8');
  const [, table = ''] = /<!-- faults -->\n([\s\S]*?)<!-- \/faults -->/.exec(readme) ?? [];
  const rows = [...table.matchAll(/^\| ([^|]+) \|/gm)].map(([, first]) => first).slice(2);
  expect(rows).toEqual(faults.map(({ name }) => name));
});

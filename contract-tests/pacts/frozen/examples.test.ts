import { readdirSync, readFileSync } from 'node:fs';
import { check, type SchemaName } from '@agentnet/protocol';
import { describe, expect, it } from 'vitest';

type Frozen = Readonly<Record<SchemaName, Readonly<Record<string, string>>>>;

const files = readdirSync(new URL('.', import.meta.url)).filter((name) => name.startsWith('examples-'));

describe.each(files)('%s', (name) => {
  const frozen = JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8')) as Frozen;

  it('given every value that was valid then, when it is checked now, then it is valid still', () => {
    const refused = (Object.keys(frozen) as SchemaName[]).flatMap((schema) =>
      Object.entries(frozen[schema]).flatMap(([fact, text]) => {
        const [violation] = check(schema, JSON.parse(text));
        return violation ? [`${schema}/${fact}: ${violation.path} ${violation.message}`] : [];
      }),
    );
    expect(refused).toEqual([]);
  });
});

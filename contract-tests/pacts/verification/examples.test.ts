import { readdirSync } from 'node:fs';
import { check } from '@agentnet/protocol';
import { describe, expect, it } from 'vitest';
import { canonicalPact, examplesOf, readPact } from './pact-file.js';

const folder = new URL('../', import.meta.url);
const pacts = readdirSync(folder).filter((name) => name.endsWith('.json'));

describe.each(pacts)('the examples in %s', (name) => {
  const pact = readPact(new URL(name, folder));

  it('given the schema that each names, when they are checked, then they obey it', () => {
    const examples = pact.interactions.flatMap((interaction) =>
      examplesOf(interaction).map(([schema, example]) => ({ description: interaction.description, schema, example })),
    );
    const broken = examples.flatMap(({ description, schema, example }) =>
      schema ? check(schema, example).map((violation) => ({ description, schema, violation })) : [{ description }],
    );
    expect(examples).not.toEqual([]);
    expect(broken).toEqual([]);
  });

  it('given the file, when it is put in order, then it was in order', () => {
    const again = canonicalPact(pact);
    expect(JSON.parse(again)).toEqual(pact);
  });
});

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fromFile, Parser } from '@asyncapi/parser';
import { describe, expect, test } from 'vitest';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const errors = (diagnostics: readonly { severity: number; message: string }[]) =>
  diagnostics.filter(({ severity }) => severity === 0).map(({ message }) => message);

describe('the published document', () => {
  test('given a tool that knows AsyncAPI only, when it reads the bundle, then it finds no error and an example of every message', async () => {
    const text = readFileSync(`${repository}generated/docs/asyncapi.bundle.json`, 'utf8');
    const { document, diagnostics } = await new Parser().parse(text);
    expect(errors(diagnostics)).toEqual([]);
    const messages = document?.allMessages().all() ?? [];
    expect(messages.length).toBeGreaterThan(20);
    expect(messages.filter((message) => message.examples().isEmpty()).map((message) => message.name())).toEqual([]);
  });

  test('given a tool that knows AsyncAPI only, when it reads the source with its files, then it finds no error', async () => {
    const { document, diagnostics } = await fromFile(new Parser(), `${repository}spec/asyncapi.yaml`).parse();
    expect(errors(diagnostics)).toEqual([]);
    expect(document?.allOperations().all().length).toBeGreaterThan(20);
  });
});

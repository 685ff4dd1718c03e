import { isDeepStrictEqual } from 'node:util';
import type { Example } from '../../load/read-examples.js';
import type { Schema } from '../../model/protocol.js';

const preferred = ['typical', 'all-fields', 'minimal'];
const edgeCases = /longest|empty|garbage|nulls|unknown/;
const maxCharacters = 2000;

/** The valid example that shows a schema best: one the schema itself names, else a typical one, else one with all fields, else any short one. */
export function chooseExample({ name, examples: own }: Schema, examples: readonly Example[]): Example | undefined {
  const candidates = examples.filter(
    (example) => example.schema === name && example.isValid && example.text.length <= maxCharacters,
  );
  const best = [
    candidates.find(({ value }) => own.some((given) => isDeepStrictEqual(given, value))),
    ...preferred.map((fact) => candidates.find((example) => example.fact === fact)),
    candidates.find(({ fact }) => !edgeCases.test(fact)),
  ];
  return best.find((example) => example !== undefined) ?? candidates[0];
}

/** The example as a fenced block, with the file it comes from. */
export function renderExample(schema: Schema, examples: readonly Example[]): string {
  const example = chooseExample(schema, examples);
  return example ? `Example (\`${example.file}\`):\n\n\`\`\`json\n${print(example.value)}\n\`\`\`` : '';
}

/** On one line when it fits, so that the manual stays short. */
function print(value: unknown): string {
  const line = JSON.stringify(value);
  return line.length <= 120 ? line : JSON.stringify(value, null, 2);
}

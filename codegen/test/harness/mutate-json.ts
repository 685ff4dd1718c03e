import type { SeededRandom } from './seeded-random.js';

/** Values that languages and validators like to see in different ways, as JSON text. */
const oddValues = [
  'null',
  'true',
  'false',
  '0',
  '-0',
  '1',
  '-1',
  '1.0',
  '1e0',
  '-0.0',
  '0.5',
  '1e2',
  '2147483648',
  '9007199254740993',
  '1e308',
  '1e400',
  '-1e400',
  '123456789012345678901234567890',
  // The least whole number that is no finite double, and the one before.
  String(2n ** 1024n - 2n ** 970n),
  String(2n ** 1024n - 2n ** 970n - 1n),
  '1E-7',
  '""',
  '" "',
  '"0"',
  '"a"',
  '"A.b"',
  '"true"',
  '"1.0"',
  '"a\\n"',
  '"\\u0000"',
  '"\\ud800"',
  '"x\\udc00y"',
  '"\\ud83d\\ude00"',
  '"é"',
  '"e\\u0301"',
  '"\\ufeff"',
  '"\\u2028"',
  '"2026-02-21T08:00:00Z"',
  '"2026-02-21T08:00:00Z\\n"',
  '"__proto__"',
  '[]',
  '[null]',
  '[1,1]',
  '["a","a"]',
  '[[]]',
  '{}',
  '{"a":1}',
  '{"\\ud800":1}',
  '{"__proto__":1}',
  '{"type":"blob_ref"}',
];

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The JSON text of `value` after one to three random changes: a part replaced, removed, doubled, renamed or stretched. */
export function mutateJson(value: unknown, random: SeededRandom): string {
  const holes: string[] = [];
  let changed = structuredClone(value) as Json;
  for (let change = random.below(3); change >= 0; change--) changed = mutateAt(changed, random, holes);
  // Odd values keep their spelling, which JSON.stringify would lose.
  return JSON.stringify(changed).replace(/"@hole:(\d+)@"/g, (_, index: string) => holes[Number(index)] ?? 'null');
}

function mutateAt(value: Json, random: SeededRandom, holes: string[]): Json {
  if (Array.isArray(value) && value.length > 0 && random.below(4) > 0) {
    const index = random.below(value.length);
    return value.with(index, mutateAt(value[index] ?? null, random, holes));
  }
  if (isObject(value) && Object.keys(value).length > 0 && random.below(8) > 0) return mutateField(value, random, holes);
  return mutateValue(value, random, holes);
}

function mutateField(value: { [key: string]: Json }, random: SeededRandom, holes: string[]): Json {
  const key = random.pick(Object.keys(value));
  const { [key]: field = null, ...others } = value;
  switch (random.below(8)) {
    case 0:
      return others;
    case 1:
      return { ...others, [`${key}_x`]: field };
    case 2:
      return { ...value, unknown_field: odd(random, holes) };
    default:
      return { ...value, [key]: mutateAt(field, random, holes) };
  }
}

function mutateValue(value: Json, random: SeededRandom, holes: string[]): Json {
  if (typeof value === 'string' && random.below(3) > 0) {
    const at = random.below(value.length + 1);
    const pieces = [
      '',
      '.',
      '\n',
      ' ',
      '\u0000',
      '\ud800',
      '😀',
      'A',
      value,
      'x'.repeat(random.pick([31, 63, 64, 127, 256, 1024, 2048])),
    ];
    return `${value.slice(0, at)}${random.pick(pieces)}${value.slice(random.below(2) === 0 ? at : at + 1)}`;
  }
  if (typeof value === 'number' && random.below(2) > 0)
    return random.pick([value + 1, value - 1, -value, value + 0.5, value * 1e6]);
  if (Array.isArray(value) && random.below(2) > 0) {
    const [item = 'x'] = value;
    return Array.from({ length: random.pick([0, 1, 2, 63, 64, 65, 200]) }, () => item);
  }
  return odd(random, holes);
}

function odd(random: SeededRandom, holes: string[]): string {
  return `@hole:${holes.push(random.pick(oddValues)) - 1}@`;
}

const isObject = (value: Json): value is { [key: string]: Json } => typeof value === 'object' && value !== null;

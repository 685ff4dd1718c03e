import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';

/** A JSON Schema bundle as a version of the protocol published it, for peers that validate with it to this day. */
export interface SchemaBundle {
  readonly title: string;
  readonly definitions: Readonly<Record<string, object>>;
}

/** A value one side calls valid and the other refuses. */
export interface Refused {
  /** `<schema>/<example>`. */
  readonly example: string;
  readonly why: string;
}

/** Valid values by schema and name. */
export type Examples = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What a bundle has against values; those of schemas it does not have, it never sees. */
export function refusedBy(bundle: SchemaBundle, examples: Examples): Refused[] {
  const ajv = new Ajv({ strict: false, unicodeRegExp: true });
  ajv.addSchema(bundle, 'bundle');
  return Object.entries(examples).flatMap(([schema, values]) => {
    if (!(schema in bundle.definitions)) return [];
    const isValid = ajv.getSchema(`bundle#/definitions/${schema}`);
    return Object.entries(values).flatMap(([name, value]) =>
      isValid?.(value) ? [] : [{ example: `${schema}/${name}`, why: ajv.errorsText(isValid?.errors) }],
    );
  });
}

/** The valid examples of the specification as it is now. */
export function examplesNow(): Examples {
  const folder = new URL('../../../spec/examples/', import.meta.url);
  return Object.fromEntries(
    readdirSync(folder).map((schema) => {
      const files = readdirSync(new URL(`${schema}/`, folder)).filter((name) => name.startsWith('valid-'));
      const read = (name: string): unknown =>
        JSON.parse(readFileSync(new URL(`${schema}/${name}`, folder), 'utf8')) as unknown;
      return [schema, Object.fromEntries(files.map((name) => [name, read(name)]))];
    }),
  );
}

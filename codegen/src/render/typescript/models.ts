import { FormatHelpers, TypeScriptGenerator, type TypeScriptOptions, type TypeScriptPreset } from '@asyncapi/modelina';
import { toJsonSchema } from '../../model/json-schema.js';
import type { Protocol, Schema } from '../../model/protocol.js';
import { docComment } from './doc-comment.js';
import { propertyKey, quote } from './names.js';
import { typeText } from './type-text.js';

const jsonValue = 'null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue }';

/**
 * `models.ts`: one type per component schema, in the order of the spec. Objects and enums are Modelina's; the aliases it drops (scalars, maps, unions,
 * any) are written here. Objects become type aliases, not interfaces, so that they fit wherever the spec says any JSON value.
 *
 * @throws {Error} when Modelina invents, renames, doubles or forgets a type.
 */
export async function renderModels(protocol: Protocol): Promise<string> {
  const modelled = protocol.schemas.filter(isModelled);
  const generated = await generate(protocol, new Map(modelled.map((schema) => [schema.name, schema])));
  const blocks = protocol.schemas.map((schema) => {
    const comment = docComment([schema.description]);
    const body =
      generated.get(schema.name) ??
      `type ${schema.name} = ${schema.name === 'JsonValue' ? jsonValue : typeText(schema.shape)};`;
    return `${comment}\nexport ${body}\n`;
  });
  return blocks.join('\n');
}

const isModelled = ({ shape }: Schema): boolean =>
  shape.kind === 'enum' || (shape.kind === 'object' && shape.fields.length > 0);

async function generate(protocol: Protocol, modelled: ReadonlyMap<string, Schema>): Promise<Map<string, string>> {
  const rootName = 'EverySchema';
  const names = protocol.schemas.map((schema) => schema.name);
  // Modelina visits what the root reaches, and only drafts 4, 6 and 7.
  const root = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: rootName,
    type: 'object',
    definitions: Object.fromEntries(protocol.schemas.map((schema) => [schema.name, toJsonSchema(schema.shape)])),
    properties: Object.fromEntries(names.map((name) => [name, { $ref: `#/definitions/${name}` }])),
  };
  const outputs = await new TypeScriptGenerator(options(modelled)).generate(root);
  const generated = new Map<string, string>();
  for (const { modelName, result } of outputs) {
    if (modelName === rootName) continue;
    if (!modelled.has(modelName))
      throw new Error(`Modelina made the type '${modelName}', which no component schema is called`);
    if (generated.has(modelName))
      throw new Error(`Modelina made the type '${modelName}' twice; rename one of the schemas behind it`);
    generated.set(modelName, result);
  }
  for (const name of modelled.keys())
    if (!generated.has(name)) throw new Error(`Modelina made no type for the schema '${name}'`);
  return generated;
}

function options(modelled: ReadonlyMap<string, Schema>): Partial<TypeScriptOptions> {
  const fieldLine = (model: string, field: string): string => {
    const shape = modelled.get(model)?.shape;
    const found = shape?.kind === 'object' ? shape.fields.find(({ name }) => name === field) : undefined;
    if (!found) return '';
    const comment = docComment([
      found.description,
      found.default === undefined ? '' : `@default ${JSON.stringify(found.default)}`,
    ]);
    return `${comment}\n${propertyKey(field)}${found.isRequired ? '' : '?'}: ${typeText(found.shape)};`;
  };
  const preset: TypeScriptPreset<TypeScriptOptions> = {
    interface: {
      self: async ({ model, renderer }) =>
        `type ${model.name} = {\n${FormatHelpers.indent(await renderer.renderProperties(), 2)}\n};`,
      property: ({ model, property }) => fieldLine(model.name, property.unconstrainedPropertyName),
    },
    enum: {
      self: ({ model }) =>
        `type ${model.name} = ${model.values.map(({ originalInput }) => quote(String(originalInput))).join(' | ')};`,
    },
  };
  return {
    modelType: 'interface',
    enumType: 'union',
    rawPropertyNames: true,
    processorOptions: { jsonSchema: { ignoreAdditionalProperties: true, interpretSingleEnumAsConst: true } },
    constraints: { modelName: ({ modelName }) => modelName } as TypeScriptOptions['constraints'],
    presets: [preset],
  };
}
